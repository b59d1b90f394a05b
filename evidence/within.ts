import type { Interval, Verdict } from "./bundle.ts";
import { formatInterval, formatLimit, formatMs } from "./format.ts";

/** A value against a limit. */
export type Judged = { readonly measured: Interval; readonly verdict: Verdict; readonly why: string };

/** Pass only if the upper bound keeps the limit, fail only if the lower bound breaks it. */
export function within(value: Interval, atMost: number): Judged {
  if (value.kind === "not-measured") {
    const broken = value.atLeast !== undefined && value.atLeast > atMost;
    if (broken)
      return { measured: value, verdict: "fail", why: `at least ${formatMs(value.atLeast)} already: ${value.why}` };
    return { measured: value, verdict: "inconclusive", why: value.why };
  }
  const limit = value.unit === "ms" ? formatLimit(atMost) : inUnit(atMost, value.unit);
  if (value.hi <= atMost)
    return { measured: value, verdict: "pass", why: `at most ${inUnit(value.hi, value.unit)}, allowed are ${limit}` };
  if (value.lo > atMost)
    return { measured: value, verdict: "fail", why: `at least ${inUnit(value.lo, value.unit)}, allowed are ${limit}` };
  return {
    measured: value,
    verdict: "inconclusive",
    why: `the limit ${limit} lies within ${formatInterval(value)}`,
  };
}

function inUnit(value: number, unit: Extract<Interval, { kind: "measured" }>["unit"]): string {
  return formatInterval({ kind: "measured", lo: value, hi: value, unit });
}

/** The other way round: pass only if the lower bound keeps the limit, fail only if the upper bound breaks it. */
export function reaching(value: Interval, atLeast: number): Judged {
  if (value.kind === "not-measured") return { measured: value, verdict: "inconclusive", why: value.why };
  const limit = inUnit(atLeast, value.unit);
  if (value.lo >= atLeast)
    return { measured: value, verdict: "pass", why: `at least ${inUnit(value.lo, value.unit)}, wanted are ${limit}` };
  if (value.hi < atLeast)
    return { measured: value, verdict: "fail", why: `at most ${inUnit(value.hi, value.unit)}, wanted are ${limit}` };
  return { measured: value, verdict: "inconclusive", why: `the limit ${limit} lies within ${formatInterval(value)}` };
}
