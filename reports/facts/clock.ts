import { elapsedMs, type Stamp } from "../../base/clocks.ts";
import type { BundleView } from "../../evidence/view.ts";

/** The zero of every chart and table: when the run was opened; the first event if that was never recorded. */
export type RunClock = {
  readonly openedAt: Stamp | null;
  readonly closedAt: Stamp | null;
  /** Milliseconds since run.opened; null without a zero. */
  readonly offsetMs: (at: Stamp | null | undefined) => number | null;
  /** From opening to the last thing known of the run, in milliseconds. */
  readonly lengthMs: number;
};

export function runClock(view: BundleView): RunClock {
  const opened = view.events.find((event) => event.type === "run.opened") ?? view.events[0];
  const closed = view.events.findLast((event) => event.type === "run.closed");
  const openedAt = opened?.at ?? null;
  const offsetMs = (at: Stamp | null | undefined): number | null =>
    openedAt === null || at === null || at === undefined ? null : elapsedMs(openedAt, at);
  return { openedAt, closedAt: closed?.at ?? null, offsetMs, lengthMs: lengthOf(view, offsetMs) };
}

function lengthOf(view: BundleView, offsetMs: RunClock["offsetMs"]): number {
  let longest = 0;
  for (const event of view.events) longest = Math.max(longest, offsetMs(event.at) ?? 0);
  for (const series of [...view.series, ...(view.writes === null ? [] : [view.writes])]) {
    longest = Math.max(longest, (series.buckets.at(-1)?.atMs ?? 0) + series.bucketMs);
  }
  return Math.max(longest, 1);
}
