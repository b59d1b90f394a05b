import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Redis } from "ioredis";
import type { z } from "zod";
import { readNdjsonLines } from "../../base/ndjson.ts";
import { freePort } from "../../base/free-port.ts";
import { waitFor } from "../../base/waits.ts";
import type { ApiClient } from "../../base/http-client.ts";
import { ledgerResultSchema, ledgerStatusSchema, readBackAnswerSchema } from "../../contracts/ledger.ts";
import type { LedgerSpec, ReadBackRequest, ReadLine, WriteLine } from "../../contracts/ledger.ts";
import { runClock } from "../../evidence/measures/clock.ts";
import { ledgerMeasures } from "../../evidence/measures/ledger.ts";
import { readsHeaderSchema, writesHeaderSchema } from "../../evidence/raw-files.ts";
import { endAllProcesses, endProcess, redisClient, startRedis, startService } from "../test-support/servers.ts";

const keyPrefix = "ledger:";
let folder = "";
let redis: Redis;
let redisPort = 0;
let app: Server;
let appUrl = "";
const seenSeqs = new Map<string, number[]>();

/** A tiny application: stores the token, and misbehaves where the path says so. */
async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, mode = "", writer = "", seq = "", token = ""] = (request.url ?? "").split("/");
  seenSeqs.set(writer, [...(seenSeqs.get(writer) ?? []), Number(seq)]);
  if (mode === "reset") return void request.socket.destroy();
  if (mode === "silent") return;
  if (mode === "not-written") return void response.writeHead(503, { "x-lifeboat-not-written": "1" }).end();
  if (mode === "unsure") return void response.writeHead(503).end();
  if (mode === "forbidden") return void response.writeHead(403).end();
  await redis.set(`${keyPrefix}${writer}:${seq}`, token);
  const servedBy = { "x-lifeboat-region": "north", "x-lifeboat-cache": "c1", "x-lifeboat-routing-version": "3" };
  response.writeHead(201, servedBy).end();
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lifeboat-ledger-"));
  redisPort = (await startRedis(folder)).port;
  redis = redisClient(redisPort);
  app = createServer((request, response) => void serve(request, response)).listen(0, "127.0.0.1");
  await once(app, "listening");
  appUrl = `http://127.0.0.1:${(app.address() as { port: number }).port}`;
});
afterAll(async () => {
  await endAllProcesses();
  redis.disconnect();
  app.closeAllConnections();
  app.close();
  await rm(folder, { recursive: true, force: true });
});

function specOf(name: string, modes: Readonly<Record<string, string>>, ratePerSecond = 200): LedgerSpec {
  return {
    writers: Object.entries(modes).map(([writer, url]) => ({
      name: writer,
      region: "north",
      url: `${url}/{writer}/{seq}/{token}`,
      headers: {},
      ratePerSecond,
      timeoutMs: 300,
    })),
    keyPrefix,
    outFolder: path.join(folder, name, "out"),
    maxDurationMs: 60_000,
  };
}

async function putLedger(client: ApiClient, id: string, spec: LedgerSpec): Promise<void> {
  await client.call({ method: "PUT", path: `/ledgers/${id}`, body: spec, answer: ledgerStatusSchema });
}

function statusOf(client: ApiClient, id: string): Promise<z.infer<typeof ledgerStatusSchema>> {
  return client.call({ method: "GET", path: `/ledgers/${id}`, answer: ledgerStatusSchema });
}

async function untilOk(client: ApiClient, id: string, least: number): Promise<void> {
  const enough = async (): Promise<boolean> => ((await statusOf(client, id)).writers[0]?.ok ?? 0) >= least;
  await waitFor(enough, { what: `${least} acknowledged writes`, timeoutMs: 15_000 });
}

function cacheAt(cache: string, port: number): ReadBackRequest["caches"][number] {
  return { cache, endpoint: { host: "127.0.0.1", port, tls: false }, username: "default", password: "none" };
}

function readBack(client: ApiClient, id: string, caches: ReadBackRequest["caches"]) {
  const body = { label: "after-recovery", caches, timeoutMs: 10_000 };
  return client.call({ method: "POST", path: `/ledgers/${id}/read-back`, body, answer: readBackAnswerSchema });
}

function stop(client: ApiClient, id: string): Promise<z.infer<typeof ledgerResultSchema>> {
  return client.call({ method: "POST", path: `/ledgers/${id}/stop`, answer: ledgerResultSchema });
}

async function linesOf(file: string): Promise<{ header: Record<string, unknown>; writes: WriteLine[] }> {
  const [header, ...writes] = await readNdjsonLines(file);
  return { header: header as Record<string, unknown>, writes: writes as WriteLine[] };
}

describe("the write ledger", () => {
  it("reports the acknowledged writes removed behind its back as lost, each of them and no other", async () => {
    const home = path.join(folder, "absent");
    const { child, client } = await startService(home, "ledger");
    const spec = specOf("absent", { w1: `${appUrl}/store`, w2: `${appUrl}/store` });
    await putLedger(client, "l1", spec);
    await putLedger(client, "l1", spec);
    await untilOk(client, "l1", 100);
    const removed = [
      ["w1", 3],
      ["w1", 17],
      ["w1", 18],
      ["w1", 60],
      ["w2", 17],
    ] as const;
    await redis.del(removed.map(([writer, seq]) => `${keyPrefix}${writer}:${seq}`));

    const closedPort = await freePort();
    const answer = await readBack(client, "l1", [cacheAt("c1", redisPort), cacheAt("gone", closedPort)]);
    const found = answer.reads.find((read) => read.cache === "c1");
    expect(found?.confounders).toEqual({ expiredKeys: 0, evictedKeys: 0, readErrors: 0, writerRestarts: 0 });
    const reads = await readNdjsonLines(found?.path ?? "");
    const absent = reads.slice(1).filter((line) => (line as unknown[])[2] === null);
    expect(absent).toEqual(removed.map(([writer, seq]) => [writer, seq, null]));
    expect(found?.absent).toBe(removed.length);

    const unreachable = answer.reads.find((read) => read.cache === "gone");
    expect(unreachable).toMatchObject({ present: 0, absent: 0 });
    expect(unreachable?.confounders.readErrors).toBeGreaterThanOrEqual(100);

    const result = await stop(client, "l1");
    const { header, writes } = await linesOf(result.path);
    expect(header).toMatchObject({ schema: "lifeboat/writes/1", keyPrefix });
    expect(writes.length).toBe(result.writes);
    const tokens = new Map(writes.map(([writer, seq, token]) => [`${writer}:${seq}`, token]));
    const [readsHeader, ...lines] = reads;
    const present = (lines as ReadLine[]).filter(([, , token]) => token !== null);
    for (const [writer, seq, token] of present) expect(token).toBe(tokens.get(`${writer}:${seq}`));
    const [measure] = ledgerMeasures({
      writes: { header: writesHeaderSchema.parse(header), lines: writes },
      reads: [{ header: readsHeaderSchema.parse(readsHeader), lines: lines as ReadLine[] }],
      clock: runClock([]),
      began: null,
    });
    expect(measure).toMatchObject({ lost: removed.length, kept: (measure?.acknowledged ?? 0) - removed.length });
    expect(measure?.lostRanges).toEqual([
      { writer: "w1", fromSeq: 3, toSeq: 3 },
      { writer: "w1", fromSeq: 17, toSeq: 18 },
      { writer: "w1", fromSeq: 60, toSeq: 60 },
      { writer: "w2", fromSeq: 17, toSeq: 17 },
    ]);
    expect(writes[0]?.slice(5)).toEqual(["ok", "north", "c1", 3]);
    await endProcess(child);
  });

  it("says that a cache which refuses its password could not be read, and does not wait for it", async () => {
    const home = path.join(folder, "refused");
    const { child, client } = await startService(home, "ledger");
    await putLedger(client, "l4", specOf("refused", { w4: `${appUrl}/store` }));
    await untilOk(client, "l4", 10);
    const nobody = { ...cacheAt("c1", redisPort), username: "nobody" };
    const [read] = (await readBack(client, "l4", [nobody])).reads;
    expect(read).toMatchObject({ present: 0, absent: 0 });
    expect(read?.confounders.readErrors).toBeGreaterThanOrEqual(10);
    const [header] = await readNdjsonLines(read?.path ?? "");
    expect((header as { lastError: string }).lastError).toMatch(/WRONGPASS/);
    await stop(client, "l4");
    await endProcess(child);
  });

  it("calls a write failed only when it surely did not happen, and unknown when nobody can say", async () => {
    const home = path.join(folder, "outcomes");
    const { child, client } = await startService(home, "ledger");
    const refusedPort = await freePort();
    const wanted = {
      store: "ok",
      reset: "unknown",
      silent: "unknown",
      unsure: "unknown",
      "not-written": "fail",
      forbidden: "fail",
      refused: "fail",
    };
    const urls = Object.keys(wanted).map((mode) => [mode, `${appUrl}/${mode}`]);
    const modes = { ...Object.fromEntries(urls), refused: `http://127.0.0.1:${refusedPort}/x` };
    await putLedger(client, "l2", specOf("outcomes", modes, 20));
    await untilOk(client, "l2", 10);
    const { writes } = await linesOf((await stop(client, "l2")).path);
    for (const [mode, outcome] of Object.entries(wanted)) {
      const outcomes = new Set(writes.filter((write) => write[0] === mode).map((write) => write[5]));
      expect([mode, ...outcomes]).toEqual([mode, outcome]);
    }
    await endProcess(child);
  });

  it("never uses a sequence number twice, also when it is killed, and says that it was restarted", async () => {
    const home = path.join(folder, "killed");
    const spec = specOf("killed", { w9: `${appUrl}/store` });
    const first = await startService(home, "ledger");
    await putLedger(first.client, "l3", spec);
    await untilOk(first.client, "l3", 60);
    await endProcess(first.child);
    const before = (await linesOf(path.join(spec.outFolder, "writes.ndjson.gz"))).writes.length;

    const second = await startService(home, "ledger");
    await untilOk(second.client, "l3", before + 30);
    const answer = await readBack(second.client, "l3", [cacheAt("c1", redisPort)]);
    expect(answer.reads[0]).toMatchObject({ absent: 0, confounders: { writerRestarts: 1, readErrors: 0 } });
    const result = await stop(second.client, "l3");
    const seqs = seenSeqs.get("w9") ?? [];
    expect(new Set(seqs).size).toBe(seqs.length);
    expect(before).toBeGreaterThan(0);
    expect(result.writes).toBeGreaterThan(before);

    // After the end the writes can still be read back, by a later process too.
    await endProcess(second.child);
    const third = await startService(home, "ledger");
    const later = await readBack(third.client, "l3", [cacheAt("c1", redisPort)]);
    expect(later.reads[0]).toMatchObject({ present: result.writes, absent: 0 });
    expect(await stop(third.client, "l3")).toEqual(result);
    await endProcess(third.child);
  });
});
