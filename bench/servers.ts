import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import path from "node:path";
import type { z } from "zod";
import { monoNs } from "../base/clocks.ts";
import { loadOrCreateCredentials } from "../base/credentials.ts";
import { createApiClient } from "../base/http-client.ts";
import { projectRoot } from "../base/paths.ts";
import { serviceUrl } from "../base/registration.ts";
import { waitFor } from "../base/waits.ts";
import { conditionSchema, linkListSchema, linkSchema } from "../contracts/network.ts";
import { freePort } from "../base/free-port.ts";
import type { BenchmarkOptions } from "./benchmark.ts";
import { findProgram } from "./find-program.ts";

const startWithinMs = 15_000;
const conditionLastsMs = 300_000;

type Place = Pick<BenchmarkOptions, "folder" | "children">;

/** A redis-server without persistence. Returns its port. */
export async function startRedis({ folder, children }: Place): Promise<number> {
  const port = await freePort();
  // As in a lab: by default redis waits five seconds before a snapshot for a replica.
  const diskless = ["--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0"];
  const plain = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder];
  const args = [...plain, ...diskless];
  children.start({ program: process.env["LIFEBOAT_REDIS_SERVER"] ?? "redis-server", args });
  await listens(port, "redis-server");
  return port;
}

export type Haproxy = { readonly port: number; readonly pid: number };

/** HAProxy as a plain TCP proxy with one thread; undefined when it is not installed. */
export async function startHaproxy({ folder, children }: Place, targetPort: number): Promise<Haproxy | undefined> {
  const program = findProgram("haproxy");
  if (!program) return undefined;
  const port = await freePort();
  const file = path.join(folder, "haproxy.cfg");
  await writeFile(file, haproxyConfig(port, targetPort));
  const pid = children.start({ program, args: ["-db", "-q", "-f", file] });
  await listens(port, "haproxy");
  return { port, pid };
}

export type NetworkProcess = {
  readonly pid: number;
  /** A link without base latency. Returns its port. */
  link(id: string, targetPort: number): Promise<number>;
  /** From now on that link, and no other, delays what clients send by so much; answers come back undelayed. */
  delay(id: string, latencyMs: number): Promise<void>;
};

/** The network process as the supervisor runs it. */
export async function startNetwork({ folder, children }: Place): Promise<NetworkProcess> {
  const home = path.join(folder, "home");
  const args = ["--disable-warning=ExperimentalWarning", path.join(projectRoot, "geocache", "network", "main.ts")];
  const pid = children.start({ program: process.execPath, args, env: { LIFEBOAT_HOME: home } });
  const { network: token } = await loadOrCreateCredentials(home);
  const api = createApiClient({ url: () => serviceUrl(home, "network"), token });
  await waitFor(() => api.call({ method: "GET", path: "/links", answer: linkListSchema }), {
    what: "the network process",
    timeoutMs: startWithinMs,
  });
  return {
    pid,
    async link(id, targetPort) {
      const target = { host: "127.0.0.1", port: targetPort, tls: false };
      const body = { id, from: `${id}-client`, to: id, path: "clients", target, baseLatencyMs: 0 };
      return (await api.call({ method: "PUT", path: `/links/${id}`, body, answer: linkSchema })).endpoint.port;
    },
    async delay(id, latencyMs) {
      const body: z.input<typeof conditionSchema> = {
        id,
        selectors: [{ from: `${id}-client`, to: id, path: "all" }],
        effect: { kind: "latency", latencyMs, jitterMs: 0 },
        endsAtMonoNs: String(monoNs() + BigInt(conditionLastsMs) * 1_000_000n),
      };
      await api.call({ method: "PUT", path: `/conditions/${id}`, body, answer: conditionSchema });
    },
  };
}

async function listens(port: number, what: string): Promise<void> {
  const accepts = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect({ host: "127.0.0.1", port });
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
  await waitFor(accepts, { what, timeoutMs: startWithinMs });
}

function haproxyConfig(port: number, targetPort: number): string {
  return [
    "global",
    "  nbthread 1",
    "  maxconn 1000",
    "defaults",
    "  mode tcp",
    "  timeout connect 5s",
    "  timeout client 60s",
    "  timeout server 60s",
    "listen redis",
    `  bind 127.0.0.1:${port}`,
    `  server target 127.0.0.1:${targetPort}`,
    "",
  ].join("\n");
}
