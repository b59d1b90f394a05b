import type { ForecastSeries, LagSeries, MemorySeries, StreamSeries, WriteSeries } from "../../../evidence/view.ts";

type StreamBucket = StreamSeries["buckets"][number];
type WriteBucket = WriteSeries["buckets"][number];
type LagPoint = LagSeries["points"][number];
type MemoryPoint = MemorySeries["points"][number];
type ForecastPoint = ForecastSeries["points"][number];

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

/** Of memory the largest is kept: it is what runs out. */
export function thinMemory({ bucketMs, points: buckets }: MemorySeries, points: number): Thinned<MemoryPoint> {
  return thin({ bucketMs, buckets }, points, (group) => ({
    atMs: group[0]?.atMs ?? 0,
    usedBytes: worst(group, (point) => point.usedBytes) ?? 0,
    rssBytes: worst(group, (point) => point.rssBytes) ?? 0,
    maxBytes: worst(group, (point) => point.maxBytes) ?? 0,
    logBytes: worst(group, (point) => point.logBytes) ?? 0,
  }));
}

/** The soonest end and the least headroom: what somebody who decides must not miss. */
export function thinForecast({ bucketMs, points: buckets }: ForecastSeries, points: number): Thinned<ForecastPoint> {
  return thin({ bucketMs, buckets }, points, (group) => ({
    atMs: group[0]?.atMs ?? 0,
    minutesToOom: least(group, (point) => point.minutesToOom),
    headroomRatio: least(group, (point) => point.headroomRatio),
  }));
}

/** Of what piled up the largest. */
export function thinLag({ bucketMs, points: buckets }: LagSeries, points: number): Thinned<LagPoint> {
  return thin({ bucketMs, buckets }, points, (group) => ({
    atMs: group[0]?.atMs ?? 0,
    operations: worst(group, (point) => point.operations) ?? 0,
    bytes: worst(group, (point) => point.bytes) ?? 0,
    lagMs: worst(group, (point) => point.lagMs) ?? 0,
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
  return extreme(group, of, Math.max);
}

function least<T>(group: readonly T[], of: (bucket: T) => number | null): number | null {
  return extreme(group, of, Math.min);
}

function extreme<T>(
  group: readonly T[],
  of: (bucket: T) => number | null,
  pick: (one: number, other: number) => number,
): number | null {
  return group.reduce<number | null>((found, bucket) => {
    const value = of(bucket);
    return value === null ? found : pick(found ?? value, value);
  }, null);
}
