import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Redis } from "ioredis";
import { freePort } from "../../base/free-port.ts";
import { createApiClient, type ApiClient } from "../../base/http-client.ts";
import { loadOrCreateCredentials, type Credentials } from "../../base/credentials.ts";
import { serviceUrl } from "../../base/registration.ts";
import { waitFor } from "../../base/waits.ts";

const running = new Set<ChildProcess>();

/** Ends what the tests of a file have started, frozen or not. */
export async function endAllProcesses(): Promise<void> {
  await Promise.all([...running].map((child) => endProcess(child)));
}

export async function endProcess(child: ChildProcess): Promise<void> {
  running.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

function start(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const child = spawn(command, args, { stdio: "ignore", env: { ...process.env, ...env } });
  running.add(child);
  return child;
}

type RedisServer = { readonly child: ChildProcess; readonly port: number };

export async function startRedis(folder: string, port?: number): Promise<RedisServer> {
  const at = port ?? (await freePort());
  const args = ["--port", String(at), "--bind", "127.0.0.1", "--save", "", "--dir", folder, "--appendonly", "no"];
  const child = start("redis-server", args);
  await waitFor(() => ping(at), { what: "redis-server to answer", timeoutMs: 10_000, intervalMs: 20 });
  return { child, port: at };
}

export function redisClient(port: number): Redis {
  const redis = new Redis({
    host: "127.0.0.1",
    port,
    lazyConnect: true,
    retryStrategy: () => null,
    commandTimeout: 2000,
  });
  redis.on("error", () => undefined);
  return redis;
}

async function ping(port: number): Promise<boolean> {
  const redis = redisClient(port);
  try {
    await redis.connect();
    return (await redis.ping()) === "PONG";
  } finally {
    redis.disconnect();
  }
}

/** A process of its own that answers 200 to every HTTP request, so that it can be frozen or killed. */
export async function startHttpServer(port?: number): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const at = port ?? (await freePort());
  const script = `require("node:http").createServer((q, r) => r.end("ok")).listen(${at}, "127.0.0.1")`;
  const child = start(process.execPath, ["-e", script]);
  const answers = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${at}/`)).ok;
  await waitFor(answers, { what: "the HTTP server", timeoutMs: 10_000, intervalMs: 10 });
  return { child, port: at };
}

/** Starts one of Lifeboat's processes as `up` does, and gives a client of its API. */
export async function startService(
  home: string,
  name: "observer" | "ledger",
): Promise<{ readonly child: ChildProcess; readonly client: ApiClient }> {
  const main = new URL(name === "observer" ? "../main.ts" : "../ledger/main.ts", import.meta.url).pathname;
  const credentials: Credentials = await loadOrCreateCredentials(home);
  const child = start(process.execPath, [main], { LIFEBOAT_HOME: home, LIFEBOAT_LOG_LEVEL: "silent" });
  const url = (): Promise<string> => serviceUrl(home, name);
  const healthy = async (): Promise<boolean> => (await fetch(`${await url()}/health`)).ok;
  await waitFor(healthy, { what: `${name} to serve`, timeoutMs: 20_000, intervalMs: 20 });
  return { child, client: createApiClient({ url, token: credentials[name], timeoutMs: 60_000 }) };
}
