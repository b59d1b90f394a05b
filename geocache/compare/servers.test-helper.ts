import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Redis } from "ioredis";
import { freePort } from "../../base/free-port.ts";
import type { ComparedMember } from "./compare.ts";

const LOOPBACK = "127.0.0.1";

type TestServer = { readonly client: Redis; readonly member: ComparedMember; readonly pid: number };
export type TestServers = { readonly servers: readonly TestServer[]; readonly stop: () => Promise<void> };

/** Each set of options gets a redis-server of its own. */
export async function startServers(optionSets: readonly Readonly<Record<string, string>>[]): Promise<TestServers> {
  const folder = await mkdtemp(path.join(tmpdir(), "lifeboat-compare-"));
  const children: ChildProcess[] = [];
  const servers: TestServer[] = [];
  for (const [index, options] of optionSets.entries()) {
    const port = await freePort();
    const child = spawn("redis-server", argumentsOf({ port: String(port), dir: folder, ...options }), {
      stdio: "ignore",
    });
    children.push(child);
    const client = new Redis(port, LOOPBACK);
    client.on("error", () => undefined);
    await client.ping();
    const endpoint = { host: LOOPBACK, port, tls: false };
    const member = { cache: `cache-${index}`, endpoint, username: "default", password: "any" };
    servers.push({ client, member, pid: child.pid ?? 0 });
  }
  return {
    servers,
    stop: async () => {
      for (const { client } of servers) client.disconnect();
      await Promise.all(children.map(end));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function argumentsOf(options: Readonly<Record<string, string>>): string[] {
  const all = { bind: LOOPBACK, save: "", "repl-diskless-sync": "yes", "repl-diskless-sync-delay": "0", ...options };
  return Object.entries(all).flatMap(([option, value]) => [`--${option}`, value]);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
