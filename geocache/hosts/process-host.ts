import { mkdir, realpath, readlink, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { LifeboatError, messageOf } from "../../base/errors.ts";
import { readJson, writeFileAtomic } from "../../base/files.ts";
import { identityOf, isAlive, signalProcess, type ProcessIdentity } from "../../base/processes.ts";
import { waitFor } from "../../base/waits.ts";
import { answersPing } from "./admin-connection.ts";
import type { CacheHost, CacheSpec, StartedCache } from "./cache-host.ts";
import { freePort } from "../../base/free-port.ts";
import { renderRedisFiles } from "./redis-config.ts";
import { spawnDetached } from "./spawn-detached.ts";

const START_ATTEMPTS = 5;
const READY_TIMEOUT_MS = 10_000;
const LOOPBACK = "127.0.0.1";

const recordSchema = z.object({ pid: z.number(), startedAt: z.string(), port: z.number() });
type ProcessRecord = z.infer<typeof recordSchema>;

/** Redis-servers as processes of this machine, each in a session and a folder of its own. */
export function createProcessHost(home: string, env = process.env): CacheHost {
  const binary = env["LIFEBOAT_REDIS_SERVER"] ?? "redis-server";
  const folderOf = (name: string): string => path.join(home, "geocache", "caches", name);

  return {
    kind: "process",
    async start(spec) {
      const folder = folderOf(spec.name);
      const former = await readRecord(folder);
      await endCacheIn(folder);
      for (let attempt = 1; ; attempt++) {
        // The old port is tried first, so that whoever is connected through a link need not move.
        const port = attempt === 1 && former ? former.port : await freePort();
        const started = await startOnce(binary, spec, { folder, port });
        if (started !== undefined) return started;
        if (attempt === START_ATTEMPTS) throw await startFailure(folder, spec.name);
      }
    },
    async adopt(name) {
      const record = await readRecord(folderOf(name));
      return record && isAlive(record) ? startedFrom(record) : undefined;
    },
    async stop(name) {
      await endCacheIn(folderOf(name));
      await rm(folderOf(name), { recursive: true, force: true });
    },
    replicationListenHost: () => Promise.resolve(LOOPBACK),
  };
}

type Place = { readonly folder: string; readonly port: number };

/** Undefined when the process ended before it answered, as it does when the port was taken meanwhile. */
async function startOnce(binary: string, spec: CacheSpec, place: Place): Promise<StartedCache | undefined> {
  const identity = await spawnRedis(binary, spec, place);
  const record = { ...identity, port: place.port };
  await writeFileAtomic(recordFile(place.folder), JSON.stringify(record));
  const started = startedFrom(record);
  const target = { endpoint: started.direct, password: spec.secrets.adminPassword };
  return await waitFor(
    async () => {
      if (!isAlive(identity)) return { ended: true as const };
      return (await answersPing(target, 1000)) ? { ended: false as const } : undefined;
    },
    { what: `cache ${spec.name} to answer`, timeoutMs: READY_TIMEOUT_MS, intervalMs: 10 },
  ).then((outcome) => (outcome.ended ? undefined : started));
}

async function spawnRedis(binary: string, spec: CacheSpec, place: Place): Promise<ProcessIdentity> {
  await mkdir(place.folder, { recursive: true, mode: 0o700 });
  // A secondary that died in mid-sync leaves the copy that it was loading; a cache starts empty.
  await rm(path.join(place.folder, "dump.rdb"), { force: true });
  const files = renderRedisFiles(spec, { folder: place.folder, bind: LOOPBACK, port: place.port });
  await writeFileAtomic(path.join(place.folder, "users.acl"), files.acl);
  await writeFileAtomic(path.join(place.folder, "redis.conf"), files.conf);
  try {
    return await spawnDetached({
      program: binary,
      args: [path.join(place.folder, "redis.conf")],
      cwd: place.folder,
      logFile: logFile(place.folder),
    });
  } catch (error) {
    throw new LifeboatError("TOOL_MISSING", `${binary} could not be started: ${messageOf(error)}`, {
      cause: error,
      hint: "install redis-server or set LIFEBOAT_REDIS_SERVER to it",
    });
  }
}

async function endCacheIn(folder: string): Promise<void> {
  const known = await readRecord(folder);
  const unrecorded = await unrecordedProcessOf(folder);
  for (const identity of [known, unrecorded]) {
    // SIGKILL also ends a frozen process; there is nothing to be saved on the way out.
    if (identity === undefined || !signalProcess(identity, "SIGKILL")) continue;
    await waitFor(() => !isAlive(identity), {
      what: `redis-server ${identity.pid} to end`,
      timeoutMs: 5000,
      intervalMs: 5,
    });
  }
}

/** A redis-server whose starter died between starting it and writing that down; known by its working folder. */
async function unrecordedProcessOf(folder: string): Promise<ProcessIdentity | undefined> {
  try {
    const pid = Number(await readFile(path.join(folder, "redis.pid"), "utf8"));
    const workingFolder = await readlink(`/proc/${pid}/cwd`);
    return workingFolder === (await realpath(folder)) ? identityOf(pid) : undefined;
  } catch {
    return undefined;
  }
}

async function startFailure(folder: string, name: string): Promise<LifeboatError> {
  const text = await readFile(logFile(folder), "utf8").catch(() => "");
  const last = text.trimEnd().split("\n").slice(-3).join(" | ");
  return new LifeboatError("UNAVAILABLE", `cache ${name} ended while starting: ${last}`, { hint: `see ${folder}` });
}

function startedFrom(record: ProcessRecord): StartedCache {
  return {
    identity: { host: "process", pid: record.pid, startedAt: record.startedAt },
    direct: { host: LOOPBACK, port: record.port, tls: false },
  };
}

async function readRecord(folder: string): Promise<ProcessRecord | undefined> {
  const found = recordSchema.safeParse(await readJson(recordFile(folder)).catch(() => undefined));
  return found.success ? found.data : undefined;
}

function recordFile(folder: string): string {
  return path.join(folder, "process.json");
}

function logFile(folder: string): string {
  return path.join(folder, "redis.log");
}
