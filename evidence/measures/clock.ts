import type { Stamp } from "../../base/clocks.ts";
import type { DrillEvent } from "../events.ts";

/** Milliseconds since the run's first event on the monotonic clock: small numbers, exact to nanoseconds. */
export type RunClock = { readonly at: (stamp: Stamp) => number };

export function runClock(events: readonly DrillEvent[]): RunClock {
  const zero = BigInt(events[0]?.at.monoNs ?? "0");
  return { at: (stamp) => Number(BigInt(stamp.monoNs) - zero) / 1e6 };
}
