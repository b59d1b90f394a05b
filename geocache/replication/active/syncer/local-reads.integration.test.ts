import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../../../../base/waits.ts";
import { startGroup, type Group } from "./group.test-helper.ts";
import { CounterCheck, MemberCheck, StringCheck } from "./read-checks.test-helper.ts";

const READS = 1_000_000;
const READS_PER_PART = 10;
const PARTS = 4;
const KEYS = ["red", "green", "blue"];
/** Cut off for a while, so that what comes afterwards is old. */
const CUT_EVERY_ROUNDS = 700;
/** Local writes rest until the other member's values are shown; a slow machine would show none between them. */
const REST_EVERY_ROUNDS = 100;
const SHOWN_WITHIN_MS = 60_000;
/** Between the other member's writes: both share the processors of one machine. */
const PAUSE_MS = 2;
const TEST_TIMEOUT_MS = 300_000;
const CONVERGE_WITHIN_MS = 20_000;

let group: Group;
beforeAll(async () => {
  group = await startGroup(2);
});
afterAll(() => group.stop());

function isCutIn(round: number): boolean {
  return round >= CUT_EVERY_ROUNDS && round % CUT_EVERY_ROUNDS < CUT_EVERY_ROUNDS / 2;
}

/** Writes to the same keys at the other member until it is told to stop. */
async function writeElsewhere(client: Redis, signal: AbortSignal): Promise<void> {
  for (let number = 1; !signal.aborted; number += 1) {
    const pipeline = client.pipeline();
    for (const key of KEYS) {
      pipeline.set(`s:${key}`, StringCheck.remoteValue(number));
      pipeline.incrby(`c:${key}`, 2);
      pipeline.sadd(`m:${key}`, `r${number % 50}`);
      pipeline.srem(`m:${key}`, `r${(number + 25) % 50}`);
    }
    await pipeline.exec();
    await sleep(PAUSE_MS);
  }
}

/** A local write of each kind and many reads behind it; in parts, so that something can come in between. */
async function writeAndRead(client: Redis, number: number): Promise<string[]> {
  const checks = KEYS.flatMap((key) => [strings(key), counters(key), members(key)]);
  const writes = client.pipeline();
  for (const check of checks) check.write(writes, number);
  for (let read = 0; read < READS_PER_PART; read += 1) for (const check of checks) check.read(writes);
  const wrong = wrongOf(checks, await writes.exec(), true);
  for (let part = 1; part < PARTS; part += 1) {
    const reads = client.pipeline();
    for (let read = 0; read < READS_PER_PART; read += 1) for (const check of checks) check.read(reads);
    wrong.push(...wrongOf(checks, await reads.exec(), false));
  }
  return wrong;
}

/** Reads alone, until each string shows what the other member wrote after the last local write. */
async function readUntilShown(client: Redis): Promise<string[]> {
  const checks = KEYS.map((key) => strings(key));
  const wrong: string[] = [];
  await waitFor(
    async () => {
      const reads = client.pipeline();
      for (const check of checks) check.read(reads);
      wrong.push(...wrongOf(checks, await reads.exec(), false));
      return wrong.length > 0 || checks.every((check) => check.showsRemote);
    },
    { what: "each string to show a value of the other member", timeoutMs: SHOWN_WITHIN_MS, intervalMs: PAUSE_MS },
  );
  return wrong;
}

type Replies = Awaited<ReturnType<ReturnType<Redis["pipeline"]>["exec"]>>;

function wrongOf(checks: readonly Check[], replies: Replies, beginsWithWrites: boolean): string[] {
  return (replies ?? []).flatMap(([error, reply], index) => {
    if (error !== null) return [String(error)];
    return checks[index % checks.length]?.wrongWith(reply, beginsWithWrites && index < checks.length) ?? [];
  });
}

type Check = StringCheck | CounterCheck | MemberCheck;
const known = new Map<string, Check>();
function remembered<T extends Check>(name: string, make: (name: string) => T): T {
  const check = known.get(name) ?? make(name);
  known.set(name, check);
  // Each name is made by one kind alone
  return check as T;
}
const strings = (key: string): StringCheck => remembered(`s:${key}`, (name) => new StringCheck(name));
const counters = (key: string): CounterCheck => remembered(`c:${key}`, (name) => new CounterCheck(name));
const members = (key: string): MemberCheck => remembered(`m:${key}`, (name) => new MemberCheck(name));

describe("after an acknowledged local write", () => {
  it(
    "none of a million local reads returns anything older, whatever comes from elsewhere",
    async () => {
      const [here, there] = group.clients;
      if (here === undefined || there === undefined) throw new Error("the group has two members");
      const stop = new AbortController();
      const writing = writeElsewhere(there, stop.signal);
      const wrong: string[] = [];
      let rests = 0;
      const readsPerRound = READS_PER_PART * PARTS * KEYS.length * 3;
      for (let round = 1; round * readsPerRound <= READS + readsPerRound && wrong.length === 0; round += 1) {
        if (round % CUT_EVERY_ROUNDS === 0) await group.cut();
        if (round % CUT_EVERY_ROUNDS === CUT_EVERY_ROUNDS / 2) await group.heal();
        wrong.push(...(await writeAndRead(here, round)));
        if (isCutIn(round) || round % REST_EVERY_ROUNDS !== 0) continue;
        wrong.push(...(await readUntilShown(here)));
        rests += 1;
      }
      stop.abort();
      await writing;
      await group.heal();
      expect(wrong.slice(0, 5)).toEqual([]);
      await group.converged(CONVERGE_WITHIN_MS);
      expect(group.failures).toEqual([]);
      // The other member's writes did come in between.
      expect(rests).toBeGreaterThan(10);
    },
    TEST_TIMEOUT_MS,
  );
});
