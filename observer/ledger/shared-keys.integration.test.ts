import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApiClient } from "../../base/http-client.ts";
import { readNdjsonLines } from "../../base/ndjson.ts";
import { waitFor } from "../../base/waits.ts";
import {
  ledgerResultSchema,
  ledgerStatusSchema,
  readBackAnswerSchema,
  type LedgerSpec,
  type ReadLine,
  type WriteLine,
} from "../../contracts/ledger.ts";
import { readsHeaderSchema } from "../../evidence/raw-files.ts";
import { endAllProcesses, redisClient, startRedis, startService } from "../test-support/servers.ts";

let folder = "";
let app: Server;
let appUrl = "";
let client: ApiClient;
/** Two members of a group that are always level, until a test says otherwise. */
const members = new Map<string, { readonly redis: Redis; readonly port: number }>();
let memoryIsFull = false;

/** A tiny application over both members, as if every write reached them at once. */
async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, act = "", ...args] = decodeURIComponent(request.url ?? "").split("/");
  const wanted = { ledger: "PUT", counter: "POST", tags: "POST" }[act];
  if (request.method !== wanted) return void response.writeHead(405).end();
  if (memoryIsFull) return void response.writeHead(507, { "x-lifeboat-not-written": "1" }).end();
  for (const { redis } of members.values()) {
    if (act === "ledger") await redis.set(`ledger:${args[0]}:${args[1]}`, args[2] ?? "");
    if (act === "counter") await redis.incr(`counter:${args[0]}`);
    if (act === "tags") await redis.sadd(`tags:${args[0]}`, args[1] ?? "");
  }
  response.writeHead(200, { "x-lifeboat-region": "north", "x-lifeboat-cache": "east" }).end();
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lifeboat-shared-"));
  for (const name of ["east", "west"]) {
    const { port } = await startRedis(folder);
    members.set(name, { redis: redisClient(port), port });
  }
  app = createServer((request, response) => void serve(request, response)).listen(0, "127.0.0.1");
  await once(app, "listening");
  appUrl = `http://127.0.0.1:${(app.address() as { port: number }).port}`;
  client = (await startService(path.join(folder, "home"), "ledger")).client;
});
afterAll(async () => {
  for (const { redis } of members.values()) redis.disconnect();
  await endAllProcesses();
  app.closeAllConnections();
  app.close();
  await rm(folder, { recursive: true, force: true });
});

const memberNamed = (name: string): Redis => members.get(name)?.redis as Redis;

/** A string writer, and two writers each to one counter and to one set. */
function specOf(id: string): LedgerSpec {
  const common = { region: "north", headers: {}, ratePerSecond: 100, timeoutMs: 20_000 };
  const counters = ["c1", "c2"].map((name) => ({
    ...common,
    name,
    url: `${appUrl}/counter/${id}`,
    method: "POST" as const,
    stores: { kind: "counter" as const, key: `counter:${id}` },
  }));
  const sets = ["s1", "s2"].map((name) => ({
    ...common,
    name,
    url: `${appUrl}/tags/${id}/{writer}:{seq}:{token}`,
    method: "POST" as const,
    stores: { kind: "set" as const, key: `tags:${id}` },
  }));
  const strings = [{ ...common, name: `${id}-w1`, url: `${appUrl}/ledger/{writer}/{seq}/{token}` }];
  return {
    writers: [...strings, ...counters, ...sets],
    keyPrefix: "ledger:",
    outFolder: path.join(folder, id),
    maxDurationMs: 120_000,
  };
}

async function written(id: string, least: number): Promise<WriteLine[]> {
  const where = { path: `/ledgers/${id}` };
  await client.call({ method: "PUT", ...where, body: specOf(id), answer: ledgerStatusSchema });
  const enough = async (): Promise<boolean> => {
    const { writers } = await client.call({ method: "GET", ...where, answer: ledgerStatusSchema });
    return writers.every((one) => one.ok + one.fail >= least);
  };
  await waitFor(enough, { what: `${least} writes of each writer`, timeoutMs: 60_000 });
  const stopped = await client.call({ method: "POST", path: `/ledgers/${id}/stop`, answer: ledgerResultSchema });
  return (await readNdjsonLines(stopped.path)).slice(1) as WriteLine[];
}

async function readBack(id: string) {
  const caches = [...members].map(([cache, { port }]) => ({
    cache,
    endpoint: { host: "127.0.0.1", port, tls: false },
    username: "default",
    password: "none",
  }));
  const body = { label: "after-healing", caches, timeoutMs: 30_000 };
  const answer = await client.call({
    method: "POST",
    path: `/ledgers/${id}/read-back`,
    body,
    answer: readBackAnswerSchema,
  });
  const files = answer.reads.map(async ({ cache, path: file }) => {
    const [header, ...lines] = await readNdjsonLines(file);
    return [cache, { header: readsHeaderSchema.parse(header), lines: lines as ReadLine[] }] as const;
  });
  return Object.fromEntries(await Promise.all(files));
}

describe("the ledger of an active group", () => {
  it("reads each member of a set and the sum of a counter back from every member of the group", async () => {
    const lines = await written("level", 40);
    const reads = await readBack("level");
    const added = lines.filter(([writer]) => writer.startsWith("c")).length;
    const sets = lines.filter(([writer]) => writer.startsWith("s"));
    for (const cache of ["east", "west"]) {
      const { header, lines: found } = reads[cache] ?? { lines: [] };
      expect(header).toMatchObject({ strangers: 0, shown: [{ key: "counter:level", value: added }] });
      expect(Object.keys(header?.upToSeq ?? {}).toSorted()).toEqual(["level-w1", "s1", "s2"]);
      const tokens = new Map(found.map(([writer, seq, token]) => [`${writer}:${seq}`, token]));
      for (const [writer, seq, token] of sets) expect(tokens.get(`${writer}:${seq}`)).toBe(token);
    }
  });

  it("shows what one member lost, what it counted twice, and what nobody wrote", async () => {
    const lines = await written("apart", 40);
    const [writer, seq, token] = lines.find(([name]) => name === "s2") ?? ["", 0, ""];
    const west = memberNamed("west");
    await west.srem("tags:apart", `${writer}:${seq}:${token}`);
    await west.sadd("tags:apart", "stranger", "s9:1:abc", "s1:1:forged");
    await west.incrby("counter:apart", 5);
    const { east, west: seen } = await readBack("apart");
    const added = lines.filter(([name]) => name.startsWith("c")).length;
    expect(east?.header.shown?.[0]?.value).toBe(added);
    expect(seen?.header.shown?.[0]?.value).toBe(added + 5);
    expect([east?.header.strangers, seen?.header.strangers]).toEqual([0, 3]);
    expect(seen?.lines).toContainEqual([writer, seq, null]);
    expect(east?.lines).toContainEqual([writer, seq, token]);
  });

  it("tells a write refused for want of memory from every other failure", async () => {
    memoryIsFull = true;
    const lines = await written("full", 10);
    memoryIsFull = false;
    expect(lines.length).toBeGreaterThanOrEqual(50);
    for (const line of lines) expect([line[5], line[9]]).toEqual(["fail", "oom"]);
    const reads = await readBack("full");
    expect(reads["east"]?.header).toMatchObject({ strangers: 0, shown: [{ value: 0 }] });
    expect(reads["east"]?.lines.every(([, , token]) => token === null)).toBe(true);
  });
});
