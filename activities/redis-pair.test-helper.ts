import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Redis } from "ioredis";
import { freePort } from "../base/free-port.ts";
import { startStub, type Stub } from "./deps.test-helper.ts";

/** Two real caches, `cw` in west and `cn` in north, each alone, and a lab that says how they are reached. */
export type RedisPair = { readonly cw: Redis; readonly cn: Redis; readonly lab: Stub; stop(): Promise<void> };

export const redisPair = { primary: { cache: "cw", region: "west" }, secondary: { cache: "cn", region: "north" } };

export async function startRedisPair(): Promise<RedisPair> {
  const folder = await mkdtemp(path.join(tmpdir(), "lifeboat-pair-"));
  const [west, north] = [await startRedis(folder), await startRedis(folder)];
  const ports: Readonly<Record<string, number>> = { cw: west.port, cn: north.port };
  const lab = await startStub((api) => {
    api.get("/lab/resolve", (request) => {
      const { from, cache } = request.query as { from: string; cache: string };
      return { from, cache, endpoint: { host: "127.0.0.1", port: ports[cache], tls: false } };
    });
    api.get("/lab/caches/:cache/access", (request) => ({
      ...(request.params as object),
      username: "default",
      password: "",
    }));
  });
  const stop = async (): Promise<void> => {
    await lab.close();
    await Promise.all([west, north].map(end));
    await rm(folder, { recursive: true, force: true });
  };
  return { cw: west.client, cn: north.client, lab, stop };
}

type Server = { readonly port: number; readonly child: ChildProcess; readonly client: Redis };

async function startRedis(folder: string): Promise<Server> {
  const port = await freePort();
  const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--dir", folder];
  const child = spawn("redis-server", [...args, "--repl-diskless-sync-delay", "0"], { stdio: "ignore" });
  const client = new Redis({ port, maxRetriesPerRequest: null });
  client.on("error", () => undefined);
  await client.ping();
  return { port, child, client };
}

async function end({ child, client }: Server): Promise<void> {
  client.disconnect();
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}
