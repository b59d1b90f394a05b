import { execFile } from "node:child_process";
import os from "node:os";
import { promisify } from "node:util";
import { stamp } from "../../base/clocks.ts";
import { projectRoot } from "../../base/paths.ts";
import { EDGE } from "../../contracts/endpoint.ts";
import { labStateSchema, type LabState } from "../../contracts/lab.ts";
import { cacheLogin } from "../clients/cache-access.ts";
import { withRedis } from "../clients/redis-client.ts";
import type { ActivityDeps } from "../deps.ts";

const run = promisify(execFile);

/** What the drill ran on: tools, clocks, estate. Text files for the bundle, without secrets. */
export async function environmentFiles(
  deps: ActivityDeps,
): Promise<{ readonly path: string; readonly text: string }[]> {
  const state = await deps.lab.call({ method: "GET", path: "/lab/state", answer: labStateSchema });
  const files = {
    versions: {
      ...(await versions()),
      redisServer: await redisVersions(deps, state),
      temporal: await temporalVersion(deps),
    },
    clock: clockAnchors(),
    estate: withoutEnv(state),
  };
  return Object.entries(files).map(([name, value]) => ({
    path: `env/${name}.json`,
    text: `${JSON.stringify(value, null, 2)}\n`,
  }));
}

async function versions(): Promise<Record<string, unknown>> {
  return {
    node: process.version,
    commit: await firstLine("git", ["-C", projectRoot, "rev-parse", "HEAD"]),
    dirty: (await firstLine("git", ["-C", projectRoot, "status", "--porcelain"])) !== "",
    k6: await firstLine(process.env["LIFEBOAT_K6"] ?? "k6", ["version"]),
    kernel: `${os.type()} ${os.release()}`,
    cpus: os.cpus().length,
    memoryBytes: os.totalmem(),
  };
}

/** As the caches themselves say: those in containers are not this machine's redis-server. */
async function redisVersions(deps: ActivityDeps, state: LabState): Promise<string | null> {
  try {
    const logins = await Promise.all(state.caches.map(({ cache }) => cacheLogin(deps, EDGE, cache)));
    const infos = await Promise.all(logins.map((login) => withRedis(login, (redis) => redis.info("server"))));
    const found = infos.flatMap((info) => /^redis_version:(\S+)/m.exec(info)?.[1] ?? []);
    return [...new Set(found)].join(", ") || null;
  } catch {
    return null;
  }
}

/** As the server itself says: a binary built from its source does not know its version. */
async function temporalVersion(deps: ActivityDeps): Promise<string | null> {
  try {
    const { workflowService } = await deps.temporal();
    return (await workflowService.getSystemInfo({})).serverVersion ?? null;
  } catch {
    return null;
  }
}

async function firstLine(command: string, args: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await run(command, [...args], { timeout: 5000 });
    return stdout.split("\n")[0] ?? "";
  } catch {
    return null;
  }
}

/** Pairs of both clocks: map one to the other and show how far apart two readings are. */
function clockAnchors(): Record<string, unknown> {
  return { source: "CLOCK_MONOTONIC", granularityNs: 1, anchors: Array.from({ length: 5 }, () => stamp()) };
}

/** Workloads' environments may name files with passwords. */
function withoutEnv(state: { readonly workloads: readonly { readonly name: string }[] }): Record<string, unknown> {
  return { ...state, workloads: state.workloads.map((workload) => ({ ...workload, env: undefined })) };
}
