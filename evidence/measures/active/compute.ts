import { z } from "zod";
import type { Scenario } from "../../../scenarios/schema.ts";
import type { ActiveMeasure } from "../../active-bundle.ts";
import type { Interval } from "../../bundle.ts";
import type { DrillEvent } from "../../events.ts";
import type { RawFiles } from "../../raw-files.ts";
import type { RunClock } from "../clock.ts";
import { faultRecords, type Instant } from "../faults.ts";
import { measured, notMeasured } from "../interval.ts";
import { comparisonsOf, timeToConverge } from "./convergence.ts";
import { forecastMeasure } from "./forecasts.ts";
import { headroomAtDecision, memberMemory } from "./memory.ts";
import { momentsOf, type Moments } from "./moments.ts";
import { originsOf, refusalsOf, type ActiveLedgerInput } from "./origins.ts";
import { countersOf, lostAcknowledged, setsOf } from "./sums.ts";
import { groupTimeline, type GroupTimeline } from "./timeline.ts";
import { epochChanges, lagMeasures } from "./views.ts";

type ActiveInput = RawFiles & {
  readonly scenario: Scenario | null;
  readonly events: readonly DrillEvent[];
  readonly clock: RunClock;
  readonly began: Instant | null;
};

/** What is measured of an active group besides what every drill has; undefined for a drill without one. */
export function activeMeasure(input: ActiveInput): ActiveMeasure | undefined {
  const { scenario, events, clock, began } = input;
  if (scenario?.topology.kind !== "active-group" && !input.signals) return undefined;
  const timeline = input.signals ? groupTimeline(input.signals, clock) : null;
  const moments = momentsOf({ events, records: faultRecords(events), began, clock });
  const ledger = input.writes && { writes: input.writes, reads: input.reads, clock, moments };
  const refusals = ledger ? refusalsOf(ledger) : [];
  const forecast = timeline && forecastMeasure(timeline, moments, refusals);
  const wasFull = forecast?.outcome.kind === "reached";
  const { headroom, tightest } = timeline
    ? headroomAtDecision(timeline, moments, wasFull)
    : { headroom: notMeasured("the group was not sampled"), tightest: null };
  const comparisons = comparisonsOf(events, clock);
  return {
    samples: timeline?.polls.length ?? 0,
    missedSamples: timeline?.missed.length ?? 0,
    memory: timeline ? memberMemory(timeline, moments) : [],
    forecast,
    headroomAtDecision: headroom,
    tightestAtDecision: tightest,
    timeToConverge: timeToConverge(timeline, moments, comparisons),
    drillClock: drillClock(moments),
    comparisons: comparisons.map(({ startedMs: _startedMs, ...summary }) => summary),
    conflicts: conflictsOf(input, timeline),
    ...ofLedger(ledger, refusals.length),
    lag: timeline ? lagMeasures(timeline, began?.lo ?? -Infinity) : [],
    epochs: timeline ? epochChanges(timeline) : [],
    totalLoss: timeline !== null && wasLostMeanwhile(timeline),
  };
}

/** A group says for all its life that its data was lost; before the first poll it was not lost by this drill. */
function wasLostMeanwhile({ polls }: GroupTimeline): boolean {
  return polls[0]?.totalLoss === false && polls.some((poll) => poll.totalLoss);
}

type OfLedger = Pick<
  ActiveMeasure,
  "origins" | "disagreements" | "counters" | "sets" | "lostAcknowledged" | "oomRefusals"
>;

function ofLedger(input: ActiveLedgerInput | null, refusals: number): OfLedger {
  if (!input) {
    const none = notMeasured("no ledger was kept");
    return { origins: [], disagreements: [], counters: [], sets: [], lostAcknowledged: none, oomRefusals: none };
  }
  const { origins, disagreements } = originsOf(input);
  const counters = countersOf(input);
  const wasRead = input.reads.some((one) => one.header.label === "after-healing");
  const attempted = origins.some((one) => one.attempted > 0);
  return {
    origins,
    disagreements,
    counters,
    sets: setsOf(input.reads),
    lostAcknowledged: lostAcknowledged(origins, counters, wasRead),
    oomRefusals: attempted ? measured(refusals, refusals, "writes") : notMeasured("no write was attempted"),
  };
}

/** From the opening of the run until users were served and the group was whole again. */
function drillClock({ servedMs, redundantMs, closedMs }: Moments): Interval {
  const atLeast = closedMs ?? undefined;
  if (servedMs === null) return notMeasured("service was not seen to be restored", atLeast);
  if (redundantMs === null) return notMeasured("redundancy was not seen to be restored", atLeast);
  const endMs = Math.max(servedMs, redundantMs);
  return measured(endMs, endMs);
}

const notedSchema = z.record(z.string(), z.object({ total: z.number() }));

/** As each member counted them itself; the count of a note comes after the last poll. */
function conflictsOf(
  { events, conflicts = [] }: ActiveInput,
  timeline: GroupTimeline | null,
): ActiveMeasure["conflicts"] {
  const counts = new Map<string, number>();
  const atLeast = (member: string, count: number): void => {
    counts.set(member, Math.max(count, counts.get(member) ?? 0));
  };
  for (const { members } of timeline?.polls ?? [])
    for (const { member, view } of members) atLeast(member, view.conflicts);
  for (const event of events) {
    const noted = event.type === "note" ? notedSchema.safeParse(event.data["conflicts"]).data : undefined;
    for (const [member, { total }] of Object.entries(noted ?? {})) atLeast(member, total);
  }
  const listed = new Map(conflicts.map((file) => [file.member, file.conflicts.length]));
  for (const [member, length] of listed) atLeast(member, length);
  return [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([member, count]) => ({ member, count, listed: listed.get(member) ?? null }));
}
