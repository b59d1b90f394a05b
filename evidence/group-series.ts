import { bucketSizeFor, entryOf, floorTo, inOrder } from "./buckets.ts";
import { byMember, groupTimeline, type GroupTimeline, type MemberAt } from "./measures/active/timeline.ts";
import type { RunClock } from "./measures/clock.ts";
import type { SignalsFile } from "./raw-files.ts";
import type { ForecastSeries, GroupSeries, LagSeries, MemorySeries } from "./view.ts";

/** The curves of an active group: each member's memory and lag, and the forecast, all in buckets of one size. */
export function groupSeries(file: SignalsFile, clock: RunClock): GroupSeries {
  const timeline = groupTimeline(file, clock);
  const bucketMs = bucketSizeFor(timeline.polls.map(({ endMs }) => endMs));
  const members = [...byMember(timeline)];
  return {
    nickname: timeline.nickname,
    memory: members.map(([, samples]) => memorySeries(samples, bucketMs)),
    lag: members.flatMap(([, samples]) => lagSeries(samples, bucketMs)),
    forecast: forecastSeries(timeline, bucketMs),
    missed: timeline.missed,
  };
}

function memorySeries(samples: readonly MemberAt[], bucketMs: number): MemorySeries {
  const { member = "", region = "" } = samples[0] ?? {};
  const buckets = new Map<number, MemorySeries["points"][number]>();
  for (const { atMs, view } of samples) {
    const at = floorTo(atMs, bucketMs);
    const known = buckets.get(at);
    buckets.set(at, {
      atMs: at,
      usedBytes: Math.max(view.usedMemoryBytes, known?.usedBytes ?? 0),
      rssBytes: Math.max(view.rssBytes, known?.rssBytes ?? 0),
      maxBytes: view.maxmemoryBytes,
      logBytes: Math.max(view.logBytes, known?.logBytes ?? 0),
    });
  }
  return { member, region, bucketMs, points: valuesOf(buckets) };
}

function lagSeries(samples: readonly MemberAt[], bucketMs: number): LagSeries[] {
  const peers = new Map<string, Map<number, LagSeries["points"][number]>>();
  for (const { atMs, view } of samples) {
    const at = floorTo(atMs, bucketMs);
    for (const { member: peer, lagOperations, lagBytes, lagMs } of view.peers) {
      const buckets = entryOf(peers, peer, () => new Map<number, LagSeries["points"][number]>());
      const known = buckets.get(at);
      buckets.set(at, {
        atMs: at,
        operations: Math.max(lagOperations, known?.operations ?? 0),
        bytes: Math.max(lagBytes, known?.bytes ?? 0),
        lagMs: Math.max(lagMs, known?.lagMs ?? 0),
      });
    }
  }
  const member = samples[0]?.member ?? "";
  return [...peers]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([peer, buckets]) => ({ member, peer, bucketMs, points: valuesOf(buckets) }));
}

function forecastSeries({ polls }: GroupTimeline, bucketMs: number): ForecastSeries {
  const buckets = new Map<number, ForecastSeries["points"][number]>();
  for (const { endMs, forecast } of polls) {
    const atMs = floorTo(endMs, bucketMs);
    const headroomRatio = forecast.headroom?.ratio ?? null;
    buckets.set(atMs, { atMs, minutesToOom: forecast.oom?.minutes ?? null, headroomRatio });
  }
  return { bucketMs, points: valuesOf(buckets) };
}

function valuesOf<V>(buckets: ReadonlyMap<number, V>): V[] {
  return inOrder(buckets).map(([, value]) => value);
}
