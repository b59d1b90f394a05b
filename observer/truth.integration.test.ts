import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pino } from "pino";
import { readNdjsonLines } from "../base/ndjson.ts";
import { probeHeaderSchema, probeSampleSchema, type ProbeSample, type StreamSpec } from "../contracts/observer.ts";
import { episodesOf, lengthOf, probesOf } from "../evidence/measures/outage.ts";
import { createSessions } from "./sessions.ts";
import { endAllProcesses, endProcess, startHttpServer, startRedis } from "./test-support/servers.ts";

const freezes = 6;
const kills = 4;
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lifeboat-truth-"));
});
afterAll(async () => {
  await endAllProcesses();
  await rm(folder, { recursive: true, force: true });
});

const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;
/** Instants between which the server surely was down, and those between which it may have been. */
type Truth = { readonly surelyMs: number; readonly atMostMs: number; readonly fromMs: number };

async function freeze(pid: number, forMs: number): Promise<Truth> {
  const fromMs = nowMs();
  process.kill(pid, "SIGSTOP");
  const stoppedMs = nowMs();
  await sleep(forMs);
  const wokenMs = nowMs();
  process.kill(pid, "SIGCONT");
  return { fromMs, surelyMs: wokenMs - stoppedMs, atMostMs: nowMs() - fromMs };
}

async function killAndStartAgain(port: number, child: ChildProcess, seenDown: () => Promise<void>) {
  const fromMs = nowMs();
  await endProcess(child);
  const goneMs = nowMs();
  await seenDown();
  const startingMs = nowMs();
  const next = await startHttpServer(port);
  return { truth: { fromMs, surelyMs: startingMs - goneMs, atMostMs: nowMs() - fromMs }, child: next.child };
}

async function outagesOf(file: string, truths: readonly Truth[]): Promise<{ lo: number; hi: number }[]> {
  const [first, ...rest] = await readNdjsonLines(file);
  const header = probeHeaderSchema.parse(first);
  const samples = rest.map((line) => probeSampleSchema.parse(line));
  const originMs = Number(BigInt(header.origin.monoNs)) / 1e6;
  // Each outage with the quiet time around it, so that the shortest pause between two does not join them.
  return truths.map((truth, at) => {
    const from = truth.fromMs - 200 - originMs;
    const to = (truths[at + 1]?.fromMs ?? Number.POSITIVE_INFINITY) - 50 - originMs;
    const part = samples.filter(([, sentUs]) => sentUs / 1000 > from && sentUs / 1000 < to);
    const episodes = episodesOf(probesOf({ header, samples: part }, originMs), 0).map(lengthOf);
    const longest = episodes.filter((one) => one.kind === "measured").toSorted((a, b) => b.hi - a.hi)[0];
    return { lo: longest?.lo ?? Number.NaN, hi: longest?.hi ?? Number.NaN };
  });
}

describe("the outage that the observer's raw samples give", () => {
  it("contains the true length of every freeze and every kill, at 1 kHz", async () => {
    const server = await startHttpServer();
    const redis = await startRedis(folder);
    const sessions = createSessions({ folder: path.join(folder, "state"), log: pino({ level: "silent" }) });
    // Refused connections fail at once, so that the service may have a long time-out: a busy machine causes none.
    const common = { region: "north", op: "read" as const, intervalMs: 1 };
    const url = `http://127.0.0.1:${server.port}/{n}`;
    const endpoint = { host: "127.0.0.1", port: redis.port, tls: false };
    const streams: StreamSpec[] = [
      { ...common, name: "edge", timeoutMs: 2000, target: { kind: "service", url, method: "GET", headers: {} } },
      {
        ...common,
        name: "c1",
        timeoutMs: 400,
        target: { kind: "cache", endpoint, username: "u", password: "", cache: "c1" },
      },
    ];
    const spec = { groups: [{ name: "north", streams }], outFolder: path.join(folder, "out"), maxDurationMs: 60_000 };
    await sessions.put("truth", spec);
    const seen = async (stream: string, condition: "up" | "down", forMs: number): Promise<void> => {
      const wanted = { stream, condition, forMs, timeoutMs: 20_000 };
      expect((await sessions.awaitCondition("truth", wanted)).held).toBe(true);
    };

    const frozen: Truth[] = [];
    for (let at = 0; at < freezes; at += 1) {
      await seen("c1", "up", 250);
      frozen.push(await freeze(redis.child.pid ?? 0, 600 + at * 70));
    }
    await seen("c1", "up", 250);
    const killed: Truth[] = [];
    let { child } = server;
    for (let at = 0; at < kills; at += 1) {
      await seen("edge", "up", 250);
      const next = await killAndStartAgain(server.port, child, () => seen("edge", "down", 50));
      killed.push(next.truth);
      child = next.child;
    }
    await seen("edge", "up", 250);
    await sessions.stop("truth");
    for (const [stream, truths] of [
      ["c1", frozen],
      ["edge", killed],
    ] as const) {
      const found = await outagesOf(path.join(spec.outFolder, `${stream}.ndjson.gz`), truths);
      for (const [at, { lo, hi }] of found.entries()) {
        expect(lo).toBeLessThanOrEqual(truths[at]?.atMostMs ?? 0);
        expect(hi).toBeGreaterThanOrEqual(truths[at]?.surelyMs ?? 0);
      }
    }
    const answeredLate = (await readNdjsonLines(path.join(spec.outFolder, "c1.ndjson.gz"))).slice(1) as ProbeSample[];
    expect(
      answeredLate.filter(([, , , outcome, lateUs]) => outcome === "timeout" && lateUs !== null).length,
    ).toBeGreaterThan(100);
  });
});
