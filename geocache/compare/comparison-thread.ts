import { parentPort, workerData } from "node:worker_threads";
import { setTimeout as sleep } from "node:timers/promises";
import { monoNs, stamp, type Stamp } from "../../base/clocks.ts";
import { isLifeboatError, messageOf, type ErrorCode } from "../../base/errors.ts";
import type { Comparison } from "../../contracts/groups.ts";
import { countDifferences, listDifferences } from "./differences.ts";
import { BUCKETS, COUNT, differingBuckets, SHOW } from "./digest/buckets.ts";
import { Lookers, type ComparedMember, type Seen } from "./look.ts";

/** `untilEqual`: looks again until nothing differs or `timeoutMs` is over; otherwise once. */
export type ComparisonJob = {
  readonly members: readonly ComparedMember[];
  readonly untilEqual: boolean;
  readonly timeoutMs: number;
};

/**
 * When the members became equal lies between the two, in nanoseconds of the monotonic clock. `loNs` is null when the
 * first look found them equal: it may have been long before.
 */
export type EqualBounds = { readonly loNs: bigint | null; readonly hiNs: bigint };

export type ComparisonAnswer =
  /** `bounds`: null when they are not equal. */
  | { readonly comparison: Comparison; readonly bounds: EqualBounds | null }
  | { readonly failed: { readonly code: ErrorCode; readonly message: string } };

/** Every difference is in one of these buckets, so the first hundred differences are found in them. */
const SHOWN_BUCKETS = 100;
/** Looks at the differing keys: data that keep moving are not followed for ever. */
const DETAILED_LOOKS = 3;
const PAUSE_MS = 50;

const job = workerData as ComparisonJob;
const lookers = new Lookers(job.members);
const startedAt = stamp();
const answer = await compareAsAsked().catch(failure);
await lookers.close();
parentPort?.postMessage(answer);

function failure(error: unknown): ComparisonAnswer {
  const code = isLifeboatError(error) ? error.code : "INTERNAL";
  return { failed: { code, message: messageOf(error) } };
}

async function compareAsAsked(): Promise<ComparisonAnswer> {
  const deadlineNs = monoNs() + BigInt(job.timeoutMs) * 1_000_000n;
  let loNs: bigint | null = null;
  for (;;) {
    const beganNs = monoNs();
    const seen = await lookers.look(new Uint8Array(BUCKETS));
    const differing = differingBuckets(sumsOf(seen));
    if (differing.length === 0) return { comparison: equal(seen), bounds: { loNs, hiNs: latest(seen) } };
    if (!job.untilEqual || monoNs() >= deadlineNs) return await compareInDetail(differing, beganNs);
    loNs = beganNs;
    await sleep(PAUSE_MS);
  }
}

async function compareInDetail(first: readonly number[], loNs: bigint): Promise<ComparisonAnswer> {
  let differing = first;
  for (let looks = 1; ; looks += 1) {
    const seen = await lookers.look(interestIn(differing));
    differing = differingBuckets(sumsOf(seen));
    if (differing.length === 0) return { comparison: equal(seen), bounds: { loNs, hiNs: latest(seen) } };
    const snapshots = seen.map(({ tallied }) => tallied);
    const count = countDifferences(snapshots);
    // None among the keys that differed before: others do now.
    if (count === 0 && looks < DETAILED_LOOKS) continue;
    const differences = listDifferences(cacheNames(), snapshots);
    const differenceCount = Math.max(count, differing.length);
    return { comparison: { ...common(seen), equal: false, differenceCount, differences }, bounds: null };
  }
}

function interestIn(differing: readonly number[]): Uint8Array {
  const interest = new Uint8Array(BUCKETS);
  for (const [index, bucket] of differing.entries()) interest[bucket] = index < SHOWN_BUCKETS ? SHOW : COUNT;
  return interest;
}

function equal(seen: readonly Seen[]): Comparison {
  return { ...common(seen), equal: true, differenceCount: 0, differences: [] };
}

function common(seen: readonly Seen[]): Pick<Comparison, "members" | "startedAt" | "endedAt"> {
  const caches = cacheNames();
  const members = seen.map(({ tallied, snapshotBytes, at }, index) => ({
    cache: caches[index] ?? "",
    keys: tallied.keys,
    elements: tallied.elements,
    snapshotBytes,
    at: { ...at },
  }));
  return { members, startedAt, endedAt: stamp() };
}

function cacheNames(): string[] {
  return job.members.map(({ cache }) => cache);
}

function sumsOf(seen: readonly Seen[]): Int32Array[] {
  return seen.map(({ tallied }) => tallied.bucketSums);
}

function latest(seen: readonly Seen[]): bigint {
  const instants = seen.map(({ at }: { at: Stamp }) => BigInt(at.monoNs));
  return instants.reduce((later, one) => (one > later ? one : later));
}
