import { canonicalJson, sha256Hex } from "./canonical.ts";
import type { Derived } from "./derive.ts";
import type { Manifest } from "./manifest.ts";
import { runClock, type RunClock } from "./measures/clock.ts";
import { percentilesOf } from "./measures/latency.ts";
import { scenarioOf } from "./plan.ts";
import type { ProbeFile, WritesFile } from "./raw-files.ts";
import type { RawBundle } from "./read-bundle.ts";
import type { BundleView, StreamSeries, WriteSeries } from "./view.ts";

/** However long a drill: a chart has no more points, and a report no more bytes. */
const maxBuckets = 600;
const bucketSizesMs = [50, 100, 200, 250, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 150_000];

type Facts = { readonly manifest: Manifest; readonly environment: BundleView["environment"] };

/** The view that renderers are given. */
export function viewOf(raw: RawBundle, derived: Derived, { manifest, environment }: Facts): BundleView {
  const clock = runClock(raw.events);
  return {
    drillId: raw.drillId,
    scenario: scenarioOf(raw.plan),
    events: raw.events,
    ...derived,
    series: raw.probes.map((file) => streamSeries(file, clock)),
    writes: raw.writes && writeSeries(raw.writes, clock),
    environment,
    manifestSha256: sha256Hex(canonicalJson(manifest)),
    files: manifest.files,
    planSha256: manifest.planSha256,
  };
}

type Bucket = { ok: number; failed: number; latenciesMs: number[] };

function streamSeries(file: ProbeFile, clock: RunClock): StreamSeries {
  const { name, kind, region, op } = file.header.stream;
  const originMs = clock.at(file.header.origin);
  const times = file.samples.map(([, sentUs]) => originMs + sentUs / 1000);
  const bucketMs = bucketSizeFor(times);
  const buckets = new Map<number, Bucket>();
  for (const [at, [, sentUs, endUs, outcome]] of file.samples.entries()) {
    const bucket = entryOf(buckets, floorTo(times[at] as number, bucketMs), () => ({
      ok: 0,
      failed: 0,
      latenciesMs: [],
    }));
    bucket[outcome === "ok" ? "ok" : "failed"] += 1;
    if (outcome === "ok") bucket.latenciesMs.push((endUs - sentUs) / 1000);
  }
  return {
    stream: name,
    kind,
    region,
    op,
    bucketMs,
    buckets: inOrder(buckets).map(([atMs, { ok, failed, latenciesMs }]) => {
      const { p50Ms, p95Ms, maxMs } = percentilesOf(Float64Array.from(latenciesMs).sort());
      return { atMs, ok, failed, p50Ms, p95Ms, maxMs };
    }),
  };
}

function writeSeries(writes: WritesFile, clock: RunClock): WriteSeries {
  const originMs = clock.at(writes.header.origin);
  const times = writes.lines.map((line) => originMs + line[3] / 1000);
  const bucketMs = bucketSizeFor(times);
  const buckets = new Map<number, { ok: number; fail: number; unknown: number }>();
  for (const [at, line] of writes.lines.entries()) {
    const bucket = entryOf(buckets, floorTo(times[at] as number, bucketMs), () => ({ ok: 0, fail: 0, unknown: 0 }));
    bucket[line[5]] += 1;
  }
  return { bucketMs, buckets: inOrder(buckets).map(([atMs, counts]) => ({ atMs, ...counts })) };
}

function bucketSizeFor(timesMs: readonly number[]): number {
  let first = Infinity;
  let last = -Infinity;
  for (const time of timesMs) {
    first = Math.min(first, time);
    last = Math.max(last, time);
  }
  // One less than the limit: the first and the last bucket may both be cut.
  const least = Math.max(0, last - first) / (maxBuckets - 1);
  return bucketSizesMs.find((size) => size >= least) ?? Math.ceil(least / 60_000) * 60_000;
}

function floorTo(valueMs: number, stepMs: number): number {
  return Math.floor(valueMs / stepMs) * stepMs;
}

function entryOf<V>(map: Map<number, V>, key: number, make: () => V): V {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

function inOrder<V>(map: ReadonlyMap<number, V>): [number, V][] {
  return [...map].toSorted(([a], [b]) => a - b);
}
