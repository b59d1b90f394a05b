import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readNdjsonLines } from "../base/ndjson.ts";
import { probeHeaderSchema, probeSampleSchema, type ProbeSample, type StreamSpec } from "../contracts/observer.ts";
import { episodesOf, lengthOf, probesOf } from "../evidence/measures/outage.ts";
import { createSessions } from "./sessions.ts";
import { endAllProcesses, startRedis } from "./test-support/servers.ts";
import { outageModes, startWitness, type OutageMode, type Truth, type Witness } from "./test-support/witness.ts";

const outagesPerMode = 11;
/** Refused connections fail at once: a long time-out costs nothing there. */
const timeoutMs: Readonly<Record<OutageMode, number>> = { kill: 2000, freeze: 200, isolate: 200 };
const widthGoalMs = (mode: OutageMode): number => (mode === "kill" ? 10 : 2 * timeoutMs[mode] + 10);
/** Around an outage this much of the samples is looked at, and none of it may belong to another outage. */
const marginMs = 200;
const quietMs = 2 * marginMs + 50;
/** Lengths come from a fixed row of pseudo-random numbers, so that a failure can be repeated. */
const lengthMs = (n: number): number => 250 + ((n * 7919 + 104_729) % 350);

const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

let folder = "";
let witness: Witness;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lifeboat-truth-"));
  witness = await startWitness();
});
afterAll(async () => {
  witness.end();
  await endAllProcesses();
  await rm(folder, { recursive: true, force: true });
});

async function freeze(pid: number, forMs: number): Promise<Truth> {
  const downFromMs = nowMs();
  process.kill(pid, "SIGSTOP");
  const downByMs = nowMs();
  await sleep(forMs);
  const upFromMs = nowMs();
  process.kill(pid, "SIGCONT");
  return { downFromMs, downByMs, upFromMs, upByMs: nowMs() };
}

type Recording = { readonly originMs: number; readonly samples: readonly ProbeSample[] };
type Reported = { readonly lo: number; readonly hi: number; readonly disturbanceMs: number };

/** What the observer's raw samples say while `act` goes on beside a stream of probes. */
async function recorded<T>(stream: StreamSpec, act: (up: () => Promise<void>) => Promise<T>): Promise<[Recording, T]> {
  const sessions = createSessions({ folder: path.join(folder, "state"), log: pino({ level: "silent" }) });
  const outFolder = path.join(folder, stream.name);
  const groups = [{ name: "north", streams: [stream] }];
  await sessions.put(stream.name, { groups, outFolder, maxDurationMs: 120_000 });
  const result = await act(async () => {
    const wanted = { stream: stream.name, condition: "up", forMs: quietMs, timeoutMs: 20_000 } as const;
    expect((await sessions.awaitCondition(stream.name, wanted)).held).toBe(true);
  });
  await sessions.stop(stream.name);
  const [first, ...rest] = await readNdjsonLines(path.join(outFolder, `${stream.name}.ndjson.gz`));
  const originMs = Number(BigInt(probeHeaderSchema.parse(first).origin.monoNs)) / 1e6;
  return [{ originMs, samples: rest.map((line) => probeSampleSchema.parse(line)) }, result];
}

/**
 * The outage around `truth`, with the quiet time before and after it, and by how much the observer says that it was
 * disturbed there: its largest lateness and the slowest good answer next to the edges.
 */
function reportedFor(spec: StreamSpec, { originMs, samples }: Recording, truth: Truth): Reported {
  const near = samples.filter(([, sentUs]) => {
    const sentMs = originMs + sentUs / 1000;
    return sentMs > truth.downFromMs - marginMs && sentMs < truth.upByMs + marginMs;
  });
  const { target: _target, ...stream } = spec;
  const origin = { monoNs: String(BigInt(Math.round(originMs * 1e6))), utc: new Date(0).toISOString() };
  const header = {
    schema: "lifeboat/probes/1" as const,
    stream: { ...stream, kind: "service" as const, target: "" },
    origin,
  };
  const lengths = episodesOf(probesOf({ header, samples: near }, originMs), 0).map(lengthOf);
  const longest = lengths.filter((one) => one.kind === "measured").toSorted((a, b) => b.hi - a.hi)[0];
  const isEdge = ([, sentUs]: ProbeSample): boolean =>
    [truth.downFromMs, truth.upByMs].some((edge) => Math.abs(originMs + sentUs / 1000 - edge) < 25);
  const edges = near.filter(isEdge);
  const isApart = ([, sentUs, endUs]: ProbeSample): boolean =>
    originMs + endUs / 1000 < truth.downFromMs || originMs + sentUs / 1000 > truth.upByMs;
  const good = edges.filter((sample) => sample[3] === "ok" && isApart(sample));
  const latestMs = Math.max(0, ...edges.map(([dueUs, sentUs]) => (sentUs - dueUs) / 1000));
  const slowestMs = Math.max(0, ...good.map(([, sentUs, endUs]) => (endUs - sentUs) / 1000));
  return {
    lo: longest?.lo ?? Number.NaN,
    hi: longest?.hi ?? Number.NaN,
    disturbanceMs: latestMs + slowestMs,
  };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

/** Outages of one kind; one during which the machine itself stood still is another outage, and is made again. */
async function outages(mode: OutageMode, up: () => Promise<void>): Promise<Truth[]> {
  const truths: Truth[] = [];
  for (let n = 0; truths.length < outagesPerMode && n < 3 * outagesPerMode; n += 1) {
    await up();
    const truth = await witness.outage(mode, lengthMs(n));
    await up();
    if (!witness.wasHeldUp(truth, marginMs)) truths.push(truth);
  }
  return truths;
}

describe("the outage that the observer's raw samples give, at 1 kHz", () => {
  it.each(outageModes)("contains the true length of every %s, in an interval as narrow as promised", async (mode) => {
    const url = `http://127.0.0.1:${witness.port}/{n}`;
    const spec: StreamSpec = {
      name: `edge-${mode}`,
      region: "north",
      op: "read",
      target: { kind: "service", url, method: "GET", headers: {} },
      intervalMs: 1,
      timeoutMs: timeoutMs[mode],
    };
    const [recording, truths] = await recorded(spec, (up) => outages(mode, up));
    expect(truths.length).toBe(outagesPerMode);
    const found = truths.map((truth) => ({ truth, ...reportedFor(spec, recording, truth) }));
    for (const { truth, lo, hi } of found) {
      expect(lo).toBeLessThanOrEqual(truth.upByMs - truth.downFromMs);
      expect(hi).toBeGreaterThanOrEqual(truth.upFromMs - truth.downByMs);
    }
    // The goal is meant for a prober that is on time and a service that answers at once; what kept them is recorded.
    expect(median(found.map(({ lo, hi, disturbanceMs }) => hi - lo - disturbanceMs))).toBeLessThanOrEqual(
      widthGoalMs(mode),
    );
  });

  it("contains the true length of every freeze of a cache, and takes late answers for what they are", async () => {
    const { child, port } = await startRedis(folder);
    const endpoint = { host: "127.0.0.1", port, tls: false };
    const spec: StreamSpec = {
      name: "cache-c1",
      region: "north",
      op: "read",
      target: { kind: "cache", endpoint, username: "u", password: "", cache: "c1" },
      intervalMs: 1,
      timeoutMs: 400,
    };
    const [recording, truths] = await recorded(spec, async (up) => {
      const frozen: Truth[] = [];
      for (let n = 0; n < 3; n += 1) {
        await up();
        frozen.push(await freeze(child.pid ?? 0, 500 + lengthMs(n)));
      }
      await up();
      return frozen;
    });
    for (const truth of truths) {
      const { lo, hi } = reportedFor(spec, recording, truth);
      expect(lo).toBeLessThanOrEqual(truth.upByMs - truth.downFromMs);
      expect(hi).toBeGreaterThanOrEqual(truth.upFromMs - truth.downByMs);
    }
    const late = recording.samples.filter(([, , , outcome, lateUs]) => outcome === "timeout" && lateUs !== null);
    expect(late.length).toBeGreaterThan(100);
  });
});
