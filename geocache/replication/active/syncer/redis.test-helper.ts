import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Redis } from "ioredis";
import { freePort } from "../../../../base/free-port.ts";
import type { SecretNames } from "../secrets.ts";

export const LOOPBACK = "127.0.0.1";
const PULSE_EVERY_MS = 5;

/** A redis-server of a test's own with a client, and with the pulse in its stream. */
export type TestRedis = {
  readonly port: number;
  readonly server: ChildProcess;
  readonly client: Redis;
  /** Whatever is written afterwards is dated after this moment. */
  readonly pulse: () => Promise<unknown>;
  readonly stop: () => Promise<void>;
};

export type TestRedisInput = {
  readonly folder: string;
  readonly names: SecretNames;
  readonly port?: number;
  readonly options?: Readonly<Record<string, string | number>>;
  /** What stands before `redis-server` on the command line. */
  readonly prefix?: readonly string[];
};

export async function startRedis(input: TestRedisInput): Promise<TestRedis> {
  const { folder, names, port: wanted, options = {}, prefix = [] } = input;
  const port = wanted ?? (await freePort());
  const all = {
    port,
    bind: LOOPBACK,
    save: "",
    dir: folder,
    "notify-keyspace-events": "Exe",
    "repl-backlog-ttl": 0,
    "repl-diskless-sync-delay": 0,
    "rdb-del-sync-files": "yes",
    "repl-ping-replica-period": 3600,
    ...options,
  };
  const words = Object.entries(all).flatMap(([option, value]) => [`--${option}`, String(value)]);
  const [program = "redis-server", ...args] = [...prefix, "redis-server", ...words];
  const server = spawn(program, args, { stdio: "ignore" });
  const client = new Redis(port, LOOPBACK);
  const pulse = new Redis(port, LOOPBACK, { db: 1 });
  for (const redis of [client, pulse]) redis.on("error", () => undefined);
  await client.ping();
  const timer = setInterval(() => {
    pulse.fcall(names.functions.pulse, 0).catch(() => undefined);
  }, PULSE_EVERY_MS);
  const stop = async (): Promise<void> => {
    clearInterval(timer);
    client.disconnect();
    pulse.disconnect();
    const ended = once(server, "exit");
    // Also one that was frozen ends by it.
    server.kill("SIGKILL");
    await ended;
  };
  return { port, server, client, pulse: () => pulse.fcall(names.functions.pulse, 0), stop };
}
