import { access, readFile, rm } from "node:fs/promises";
import https from "node:https";
import path from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../base/waits.ts";
import type { Status } from "../cli/status/collect.ts";
import { lifeboat, newPlace } from "./whole-drill.test-helper.ts";

type Users = Readonly<Record<string, { readonly username: string; readonly password: string }>>;

const TIMEOUT_MS = 1500;

let env: NodeJS.ProcessEnv;
let status: Status;
const clients: Redis[] = [];
beforeAll(async () => {
  env = await newPlace("process");
  const up = await lifeboat(env, ["estate", "up", "region-outage"]);
  expect(up.code, up.stderr).toBe(0);
  status = await statusNow();
}, 120_000);
afterAll(async () => {
  for (const client of clients) client.disconnect();
  await lifeboat(env, ["down"]);
  await rm(path.dirname(env["LIFEBOAT_HOME"] ?? ""), { recursive: true, force: true });
}, 60_000);

async function statusNow(): Promise<Status> {
  return JSON.parse((await lifeboat(env, ["status", "--json"])).stdout) as Status;
}

/** Anyone's own client: it knows nothing but what `status --json` says. */
async function clientOf(from: string, cache: string): Promise<Redis> {
  const endpoint = status.estate?.endpoints.find((one) => one.from === from && one.cache === cache)?.endpoint;
  if (!endpoint || status.clientCredentialsFile === null) throw new Error(`no way from ${from} to ${cache}`);
  const users = JSON.parse(await readFile(status.clientCredentialsFile, "utf8")) as Users;
  const client = new Redis({
    host: endpoint.host,
    port: endpoint.port,
    ...(endpoint.tls ? { tls: {} } : {}),
    ...users[cache],
    commandTimeout: TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => 50,
  });
  client.on("error", () => undefined);
  clients.push(client);
  await waitFor(async () => (await client.ping()) === "PONG", { what: `${cache} from ${from}`, timeoutMs: 5000 });
  return client;
}

/** The best of five: what the way costs without what a busy machine adds. */
async function roundTripMs(client: Redis): Promise<number> {
  const spans: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const sentMs = performance.now();
    await client.ping();
    spans.push(performance.now() - sentMs);
  }
  return Math.min(...spans);
}

function fault(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return lifeboat(env, ["fault", ...args]);
}

describe("an estate by hand", () => {
  it("is named by status in full: processes and logs, regions, caches, files", async () => {
    expect(status.processes.map(({ state }) => state)).toEqual(status.processes.map(() => "healthy"));
    const workloadLogs = status.estate?.workloads.map(({ logFile }) => logFile) ?? [];
    const logs = [...status.processes.map(({ logFile }) => logFile), ...workloadLogs];
    for (const file of [...logs, status.credentialsFile, status.caFile]) await access(file);
    expect(status.estate?.regions.map(({ name }) => name).toSorted()).toEqual(["northeurope", "westeurope"]);
    expect(status.estate?.caches.map(({ cache, role }) => [cache, role]).toSorted()).toEqual([
      ["cache-north", "secondary"],
      ["cache-west", "primary"],
    ]);
    const places = status.estate?.endpoints.map(({ from, cache }) => `${from} ${cache}`).toSorted();
    expect(places).toEqual(
      ["edge", "northeurope", "westeurope"].flatMap((from) => [`${from} cache-north`, `${from} cache-west`]),
    );
  });

  it("serves a foreign client from each region, which can touch neither replication nor configuration", async () => {
    const near = await clientOf("westeurope", "cache-west");
    const far = await clientOf("northeurope", "cache-north");
    await near.set("by-hand", "1");
    await waitFor(async () => (await far.get("by-hand")) === "1", { what: "replication", timeoutMs: 5000 });
    await expect(near.replicaof("no", "one" as never)).rejects.toThrow("NOPERM");
    await expect(near.config("GET", "*")).rejects.toThrow("NOPERM");
  });

  it("is managed by ARM at the address, with the CA and the token that status names", async () => {
    const { arm } = JSON.parse(await readFile(status.credentialsFile, "utf8")) as { arm: string };
    const url = `${status.armUrl}/subscriptions/00000000-0000-4000-8000-000000000001/providers/Microsoft.Cache/redis?api-version=2024-11-01`;
    const ca = await readFile(status.caFile, "utf8");
    const ask = (token: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${token}` };
        https.get(url, { ca, headers }, (answer) => resolve(answer.resume().statusCode)).once("error", reject);
      });
    expect([await ask(arm), await ask("nobody's")]).toEqual([200, 401]);
  });
});

describe("a fault by hand", () => {
  it("is felt on the way it was put on, is listed, and is gone once it is healed", async () => {
    const client = await clientOf("edge", "cache-west");
    const before = await roundTripMs(client);
    const injected = await fault("inject", "link-latency", "edge:westeurope", "--for", "1m", "--latency", "200ms");
    expect(injected.code, injected.stderr).toBe(0);
    expect(await roundTripMs(client)).toBeGreaterThan(before + 150);
    expect((await fault("list")).stdout).toMatch(/link-latency +active/);
    expect((await fault("heal", "--all")).stdout).toContain("lifted");
    await waitFor(async () => (await roundTripMs(client)) < 150, { what: "the old latency", timeoutMs: 10_000 });
  }, 60_000);

  it("that nobody heals ends by itself", async () => {
    const client = await clientOf("northeurope", "cache-west");
    await client.set("kept", "1");
    const injected = await fault("inject", "region-outage", "westeurope", "--for", "4s", "--mode", "freeze", "--json");
    expect(injected.code, injected.stderr).toBe(0);
    await expect(client.get("kept")).rejects.toThrow("timed out");
    await waitFor(async () => (await client.get("kept")) === "1", { what: "the frozen cache", timeoutMs: 10_000 });
    expect((await fault("list")).stdout).toMatch(/region-outage +lapsed/);
  }, 60_000);
});

describe("an estate that is taken down", () => {
  it("leaves nothing to connect to while the processes go on", async () => {
    expect((await lifeboat(env, ["estate", "down"])).code).toBe(0);
    const now = await statusNow();
    expect([now.estate?.caches, now.estate?.endpoints, now.clientCredentialsFile]).toEqual([[], [], null]);
    await expect(access(path.join(now.home, "estate", "clients.json"))).rejects.toThrow("ENOENT");
    expect(now.processes.map(({ pid }) => pid)).toEqual(status.processes.map(({ pid }) => pid));
  }, 60_000);
});
