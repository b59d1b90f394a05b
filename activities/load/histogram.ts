import type { LoadBucket } from "../../contracts/load.ts";

/** Upper bounds in milliseconds, each 5 % above the one before: a percentile is at most 5 % too high. */
export const boundsMs: readonly number[] = logBounds({ fromMs: 0.1, toMs: 10_000, factor: 1.05 });

function logBounds(range: { fromMs: number; toMs: number; factor: number }): number[] {
  const bounds: number[] = [];
  for (let bound = range.fromMs; bound < range.toMs * range.factor; bound *= range.factor) {
    bounds.push(Number(bound.toPrecision(6)));
  }
  return bounds;
}

/** The class of a value: the first bound that is not below it; one past the last for what is above all. */
export function classOf(valueMs: number): number {
  let low = 0;
  let high = boundsMs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((boundsMs[middle] ?? 0) >= valueMs) high = middle;
    else low = middle + 1;
  }
  return low;
}

export type Merged = {
  readonly ok: number;
  readonly failed: number;
  readonly dropped: number;
  readonly counts: ReadonlyMap<number, number>;
};

/** Sums buckets up, for instance those of a phase: percentiles are taken of the sum, never averaged. */
export function mergeBuckets(buckets: Iterable<LoadBucket>): Merged {
  const merged = { ok: 0, failed: 0, dropped: 0 };
  const counts = new Map<number, number>();
  for (const bucket of buckets) {
    merged.ok += bucket.ok;
    merged.failed += bucket.failed;
    merged.dropped += bucket.dropped;
    for (const [index, count] of bucket.counts) counts.set(index, (counts.get(index) ?? 0) + count);
  }
  return { ...merged, counts };
}

/** Upper bound in milliseconds of the class that holds the p-quantile (0–1, nearest rank); null without samples. */
export function percentile(counts: ReadonlyMap<number, number>, p: number): number | null {
  const classes = [...counts].sort(([one], [other]) => one - other);
  const total = classes.reduce((sum, [, count]) => sum + count, 0);
  let left = Math.max(1, Math.ceil(total * p));
  for (const [index, count] of classes) {
    left -= count;
    if (left <= 0) return boundsMs[index] ?? Number.POSITIVE_INFINITY;
  }
  return null;
}
