import { bucketSizeFor, entryOf, floorTo, inOrder } from "./buckets.ts";
import { canonicalJson, sha256Hex } from "./canonical.ts";
import type { Measures } from "./bundle.ts";
import type { Derived } from "./derive.ts";
import type { Manifest } from "./manifest.ts";
import { groupSeries } from "./group-series.ts";
import { runClock, type RunClock } from "./measures/clock.ts";
import { percentilesOf } from "./measures/latency.ts";
import { scenarioOf } from "./plan.ts";
import type { ConflictsFile, ProbeFile, WritesFile } from "./raw-files.ts";
import type { RawBundle } from "./read-bundle.ts";
import type { BundleView, ConflictList, StreamSeries, WriteSeries } from "./view.ts";

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
    group: raw.signals ? groupSeries(raw.signals, clock) : null,
    conflicts: (raw.conflicts ?? []).map((file) => conflictList(file, derived.measures)),
    environment,
    manifestSha256: sha256Hex(canonicalJson(manifest)),
    files: manifest.files,
    planSha256: manifest.planSha256,
  };
}

/** So many are shown; the rest is in the bundle's own file. */
const CONFLICTS_SHOWN = 50;

function conflictList({ member, conflicts }: ConflictsFile, { active }: Measures): ConflictList {
  const count = active?.conflicts.find((one) => one.member === member)?.count ?? conflicts.length;
  return { member, count, first: conflicts.slice(0, CONFLICTS_SHOWN) };
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
