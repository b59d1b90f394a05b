import type { StreamSeries, WriteSeries } from "../../../evidence/view.ts";

type StreamBucket = StreamSeries["buckets"][number];
type WriteBucket = WriteSeries["buckets"][number];

export type Thinned<T> = { readonly bucketMs: number; readonly buckets: readonly T[] };

/**
 * At most `points` buckets. Counts are added; of latencies the worst is kept, because percentiles must not be
 * averaged and a peak must not vanish.
 */
export function thinStream(series: StreamSeries, points: number): Thinned<StreamBucket> {
  return thin(series, points, (group) => ({
    atMs: group[0]?.atMs ?? 0,
    ok: sum(group, (bucket) => bucket.ok),
    failed: sum(group, (bucket) => bucket.failed),
    p50Ms: worst(group, (bucket) => bucket.p50Ms),
    p95Ms: worst(group, (bucket) => bucket.p95Ms),
    maxMs: worst(group, (bucket) => bucket.maxMs),
  }));
}

export function thinWrites(series: WriteSeries, points: number): Thinned<WriteBucket> {
  return thin(series, points, (group) => ({
    atMs: group[0]?.atMs ?? 0,
    ok: sum(group, (bucket) => bucket.ok),
    fail: sum(group, (bucket) => bucket.fail),
    unknown: sum(group, (bucket) => bucket.unknown),
  }));
}

/** Buckets are joined by time, not by count: a gap in the series stays where it was. */
function thin<T extends { readonly atMs: number }>(
  series: Thinned<T>,
  points: number,
  join: (group: readonly T[]) => T,
): Thinned<T> {
  const { buckets, bucketMs } = series;
  const first = buckets[0];
  const last = buckets.at(-1);
  if (first === undefined || last === undefined) return series;
  const span = (last.atMs - first.atMs) / bucketMs + 1;
  const joined = Math.max(1, Math.ceil(span / points));
  if (joined === 1) return series;
  const groups = Map.groupBy(buckets, (bucket) => Math.floor((bucket.atMs - first.atMs) / (bucketMs * joined)));
  return { bucketMs: bucketMs * joined, buckets: [...groups.values()].map(join) };
}

function sum<T>(group: readonly T[], of: (bucket: T) => number): number {
  return group.reduce((total, bucket) => total + of(bucket), 0);
}

function worst<T>(group: readonly T[], of: (bucket: T) => number | null): number | null {
  return group.reduce<number | null>((most, bucket) => {
    const value = of(bucket);
    return value === null ? most : Math.max(most ?? value, value);
  }, null);
}
