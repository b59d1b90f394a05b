import { z } from "zod";

/**
 * When the memory of a group's members will be full. Pure and shared: the live view and the evidence must not differ.
 */

/** What lies behind a forecast. */
export const FORECAST_WINDOW_MS = 10_000;
/** A member that was not heard of for this long is no survivor to speak of. */
const SILENT_MS = 2000;
/** Fewer samples, or a shorter time, are no slope. */
const SAMPLES_LEAST = 5;
const SPAN_LEAST_MS = 1000;

const memberForecastSchema = z.object({
  member: z.string(),
  usedBytes: z.number(),
  maxBytes: z.number(),
  /** Free share of maxmemory, 0 when full; null: it has no limit. */
  headroomRatio: z.number().nullable(),
  /** `no-rise` is an answer: as things go it will not fill. `unknown`: too few samples, or no limit. */
  trend: z.enum(["rising", "no-rise", "full", "unknown"]),
  bytesPerSecond: z.number().nullable(),
  /** 0 when full, null unless rising or full. */
  minutesToOom: z.number().nullable(),
});
type MemberForecast = z.infer<typeof memberForecastSchema>;

/** Of the members that could be asked; both tightest ones are the worst of them. */
export const forecastSchema = z.object({
  members: z.array(memberForecastSchema),
  headroom: z.object({ member: z.string(), ratio: z.number() }).nullable(),
  oom: z.object({ member: z.string(), minutes: z.number() }).nullable(),
});
export type Forecast = z.infer<typeof forecastSchema>;

export type MemorySample = {
  readonly member: string;
  readonly atMs: number;
  readonly usedBytes: number;
  /** 0: no limit. */
  readonly maxBytes: number;
};

/** The forecast at `atMs` from the samples of the last ten seconds: a straight line of least squares per member. */
export function forecastAt(atMs: number, samples: readonly MemorySample[]): Forecast {
  const recent = samples.filter((one) => one.atMs <= atMs && one.atMs > atMs - FORECAST_WINDOW_MS);
  const names = [...new Set(recent.map((one) => one.member))].toSorted();
  const members = names.flatMap((member) => {
    const own = recent.filter((one) => one.member === member);
    const last = own.at(-1);
    return last && last.atMs >= atMs - SILENT_MS ? [forecastOf(own, last)] : [];
  });
  return { members, headroom: tightest(members), oom: soonest(members) };
}

function forecastOf(samples: readonly MemorySample[], last: MemorySample): MemberForecast {
  const { member, usedBytes, maxBytes } = last;
  const known = { member, usedBytes, maxBytes };
  if (maxBytes <= 0) {
    return { ...known, headroomRatio: null, trend: "unknown", bytesPerSecond: null, minutesToOom: null };
  }
  const headroomRatio = Math.max(0, 1 - usedBytes / maxBytes);
  const line = lineThrough(samples, last.atMs);
  const bytesPerSecond = line && line.perMs * 1000;
  if (headroomRatio === 0) return { ...known, headroomRatio, trend: "full", bytesPerSecond, minutesToOom: 0 };
  if (!line) return { ...known, headroomRatio, trend: "unknown", bytesPerSecond, minutesToOom: null };
  if (!line.rises) return { ...known, headroomRatio, trend: "no-rise", bytesPerSecond, minutesToOom: null };
  const minutesToOom = Math.max(0, (maxBytes - line.nowBytes) / line.perMs) / 60_000;
  return { ...known, headroomRatio, trend: "rising", bytesPerSecond, minutesToOom };
}

type Line = { readonly perMs: number; readonly nowBytes: number; readonly rises: boolean };

/** A rise that is smaller than what the samples scatter around it is none. */
function lineThrough(samples: readonly MemorySample[], nowMs: number): Line | null {
  const n = samples.length;
  const firstMs = samples[0]?.atMs ?? nowMs;
  if (n < SAMPLES_LEAST || nowMs - firstMs < SPAN_LEAST_MS) return null;
  const points = samples.map((one) => ({ x: one.atMs - nowMs, y: one.usedBytes }));
  const meanX = sum(points.map(({ x }) => x)) / n;
  const meanY = sum(points.map(({ y }) => y)) / n;
  const perMs = sum(points.map(({ x, y }) => (x - meanX) * (y - meanY))) / sum(points.map(({ x }) => (x - meanX) ** 2));
  const nowBytes = meanY - perMs * meanX;
  const scatter = Math.sqrt(sum(points.map(({ x, y }) => (y - nowBytes - perMs * x) ** 2)) / n);
  return { perMs, nowBytes, rises: perMs * (nowMs - firstMs) > scatter };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function tightest(members: readonly MemberForecast[]): Forecast["headroom"] {
  const known = members.flatMap(({ member, headroomRatio }) =>
    headroomRatio === null ? [] : [{ member, ratio: headroomRatio }],
  );
  return known.toSorted((a, b) => a.ratio - b.ratio)[0] ?? null;
}

function soonest(members: readonly MemberForecast[]): Forecast["oom"] {
  const known = members.flatMap(({ member, minutesToOom }) =>
    minutesToOom === null ? [] : [{ member, minutes: minutesToOom }],
  );
  return known.toSorted((a, b) => a.minutes - b.minutes)[0] ?? null;
}
