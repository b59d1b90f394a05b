import type { Interval } from "../bundle.ts";

type Unit = Extract<Interval, { kind: "measured" }>["unit"];

/** Bounds are rounded outwards to microseconds, so that rounding never excludes the truth. */
export function measured(lo: number, hi: number, unit: Unit = "ms"): Interval {
  if (!Number.isFinite(lo) || !Number.isFinite(hi) || hi < lo) return notMeasured("the bounds contradict each other");
  return { kind: "measured", lo: Math.floor(lo * 1000) / 1000, hi: Math.ceil(hi * 1000) / 1000, unit };
}

export function notMeasured(why: string, atLeast?: number): Interval {
  return { kind: "not-measured", why, ...(atLeast === undefined ? {} : { atLeast }) };
}

/** The worst of several: no better known than the least known among them. */
export function worstOf(intervals: readonly Interval[], none: string): Interval {
  if (intervals.length === 0) return notMeasured(none);
  const open = intervals.filter((one) => one.kind === "not-measured");
  const lows = intervals.map((one) => (one.kind === "measured" ? one.lo : (one.atLeast ?? 0)));
  const first = open[0];
  if (first) return Math.max(...lows) > 0 ? notMeasured(first.why, Math.max(...lows)) : notMeasured(first.why);
  const known = intervals.filter((one) => one.kind === "measured");
  return measured(Math.max(...lows), Math.max(...known.map((one) => one.hi)), known[0]?.unit);
}
