import { comparisonSchema, type Comparison } from "../../../contracts/groups.ts";
import type { ComparisonSummary } from "../../active-bundle.ts";
import type { Interval } from "../../bundle.ts";
import type { DrillEvent } from "../../events.ts";
import { formatText } from "../../format.ts";
import type { RunClock } from "../clock.ts";
import type { Instant } from "../faults.ts";
import { measured, notMeasured } from "../interval.ts";
import type { Moments } from "./moments.ts";
import type { GroupAt, GroupTimeline } from "./timeline.ts";

const DIFFERENCES_KEPT = 10;

type Done = ComparisonSummary & { readonly startedMs: number };

/** The comparisons of the run, in the order in which they ended. */
export function comparisonsOf(events: readonly DrillEvent[], clock: RunClock): Done[] {
  const done = events.flatMap((event) => {
    if (event.type !== "comparison.done") return [];
    const found = comparisonSchema.safeParse(event.data["comparison"]);
    const label = formatText(event.data["label"], "");
    return found.success ? [summaryOf(found.data, label, clock)] : [];
  });
  return done.toSorted((a, b) => a.atMs - b.atMs);
}

function summaryOf(comparison: Comparison, label: string, clock: RunClock): Done {
  const { equal, differenceCount, differences, startedAt, endedAt } = comparison;
  const [startedMs, atMs] = [clock.at(startedAt), clock.at(endedAt)];
  return {
    label,
    atMs,
    tookMs: atMs - startedMs,
    startedMs,
    equal: equal && differenceCount === 0,
    members: comparison.members.map(({ cache, keys, elements }) => ({ cache, keys, elements })),
    differenceCount,
    differences: differences.slice(0, DIFFERENCES_KEPT),
  };
}

/**
 * How long it took until every member had what any of them had once all could be asked again. It starts with the
 * lifting of the last fault; where a member was unlinked, with its having joined anew. The polls bound it, and an equal
 * comparison must confirm it: without one it is not measured, whatever the members say of themselves.
 */
export function timeToConverge(
  timeline: GroupTimeline | null,
  moments: Moments,
  comparisons: readonly Done[],
): Interval {
  const start = startOf(moments);
  if (!start) return notMeasured(moments.rejoined ? "no member was seen to join anew" : "no fault was lifted");
  const after = comparisons.filter((one) => one.startedMs >= start.lo);
  const last = after.at(-1);
  if (!last) return notMeasured("the members were never compared");
  if (!last.equal) {
    const atLeast = Math.max(0, last.startedMs - start.hi);
    return notMeasured("the members were not equal at the last comparison", atLeast);
  }
  const level = timeline && levelAgain(timeline.polls, start);
  if (level) return measured(Math.max(0, level.lo - start.hi), level.hi - start.lo);
  const unequal = after.findLast((one) => !one.equal);
  const equal = after.find((one) => one.equal && one.atMs > (unequal?.atMs ?? -Infinity)) ?? last;
  return measured(Math.max(0, (unequal?.startedMs ?? start.hi) - start.hi), equal.atMs - start.lo);
}

function startOf({ rejoined, redundantMs, lifted }: Moments): Instant | null {
  if (!rejoined) return lifted;
  return redundantMs === null ? null : { lo: redundantMs, hi: redundantMs };
}

/** Between the last poll at which somebody lacked something and the first at which nobody did. */
function levelAgain(polls: readonly GroupAt[], start: Instant): Instant | null {
  const since = polls.filter(({ sentMs }) => sentMs >= start.hi);
  const first = since.find(isWhole);
  if (!first) return null;
  const wanted = newest(first);
  const at = since.findIndex((poll) => isWhole(poll) && poll.members.every(({ view }) => covers(view.applied, wanted)));
  const level = since[at];
  if (!level) return null;
  return { lo: since[at - 1]?.sentMs ?? start.hi, hi: level.endMs };
}

/** Everybody could be asked, and serves clients. */
function isWhole({ names, members }: GroupAt): boolean {
  return members.length === names.length && members.every(({ view }) => view.phase === "open");
}

type Vector = readonly (readonly [origin: string, sequence: number])[];

function newest({ members }: GroupAt): Vector {
  const highest = new Map<string, number>();
  for (const [origin, sequence] of members.flatMap(({ view }) => view.applied)) {
    highest.set(origin, Math.max(sequence, highest.get(origin) ?? 0));
  }
  return [...highest];
}

function covers(applied: Vector, wanted: Vector): boolean {
  const has = new Map(applied);
  return wanted.every(([origin, sequence]) => (has.get(origin) ?? 0) >= sequence);
}
