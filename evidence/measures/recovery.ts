import type { Scenario } from "../../scenarios/schema.ts";
import type { Interval, Measures, StreamMeasure } from "../bundle.ts";
import type { DrillEvent, EventInput } from "../events.ts";
import { unlinkedMs } from "./active/moments.ts";
import type { RunClock } from "./clock.ts";
import type { Instant } from "./faults.ts";
import { measured, notMeasured, worstOf } from "./interval.ts";
import { episodesOf, STABLE_MS, type StreamProbes } from "./outage.ts";

export type RecoveryInput = {
  readonly scenario: Scenario | null;
  readonly events: readonly DrillEvent[];
  readonly clock: RunClock;
  readonly began: Instant | null;
  readonly streams: readonly StreamMeasure[];
  /** Probes of the service streams. */
  readonly service: readonly StreamProbes[];
};

/** The recovery split up (evidence.md §6); each part measured by itself, none inferred from the others. */
export function recoveryOf(input: RecoveryInput): Measures["recovery"] {
  const at = (type: EventInput["type"]): Instant | null => {
    const found = input.events.find((event) => event.type === type);
    return found ? { lo: input.clock.at(found.at), hi: input.clock.at(found.at) } : null;
  };
  const alarm = at("alarm.raised");
  const decision = at("decision.taken");
  return {
    detect: between(input.began, alarm, ["no fault was active", "no alarm was raised"]),
    decide: between(alarm, decision, ["no alarm was raised", "no decision was taken"]),
    act: actOf(input, decision, at("routing.changed")),
    serve: serveOf(input),
    stable: stableOf(input),
    redundant: between(input.began, at("redundancy.restored"), [
      "no fault was active",
      "redundancy was not seen to be restored",
    ]),
  };
}

/** The users of an active group are moved before anybody decides: what was decided there is the unlinking. */
function actOf({ scenario, events, clock }: RecoveryInput, decision: Instant | null, moved: Instant | null): Interval {
  if (scenario?.topology.kind !== "active-group")
    return between(decision, moved, ["no decision was taken", "the routing was not changed"]);
  const unlinked = unlinkedMs(events, clock);
  const done = unlinked === null ? null : { lo: unlinked, hi: unlinked };
  return between(decision, done, ["no decision was taken", "no member was unlinked"]);
}

function between(from: Instant | null, to: Instant | null, why: readonly [noFrom: string, noTo: string]): Interval {
  if (!from) return notMeasured(why[0]);
  if (!to) return notMeasured(why[1]);
  if (to.hi < from.lo) return notMeasured("its end lies before its beginning");
  return measured(Math.max(0, to.lo - from.hi), to.hi - from.lo);
}

/** What users felt: the worst of the streams that objectives name, else the worst service write stream. */
function serveOf({ scenario, streams }: RecoveryInput): Interval {
  const named = (scenario?.objectives ?? []).filter((objective) => objective.metric === "rto");
  const intervals = named.map((objective) => outageOf(streams, objective));
  if (intervals.length > 0) return worstOf(intervals, "");
  const writes = streams.filter((one) => one.kind === "service" && one.op === "write");
  return worstOf(
    writes.map((one) => one.outage),
    "no service was probed",
  );
}

/** The outage that users of a region felt. */
export function outageOf(
  streams: readonly StreamMeasure[],
  who: { readonly region: string; readonly op: string },
): Interval {
  const own = streams.filter((one) => one.kind === "service" && one.region === who.region && one.op === who.op);
  return worstOf(
    own.map((one) => one.outage),
    `no service probe of ${who.op} in ${who.region}`,
  );
}

/** From the fault to the first instant from which every service stream was good for two seconds. */
function stableOf({ began, service }: RecoveryInput): Interval {
  if (!began) return notMeasured("no fault was active");
  if (service.length === 0) return notMeasured("no service was probed");
  const all = merged(service);
  const first = episodesOf(all, began.lo)[0];
  const lastSentMs = Math.min(...service.map((one) => one.ok.at(-1)?.sentMs ?? -Infinity));
  if (!first)
    return lastSentMs >= began.hi + STABLE_MS ? measured(0, 0) : notMeasured("probing ended within two seconds");
  const ends = service.map((one) => firstEnd(one, began.lo, first.endedLo));
  const endedHi = Math.max(...ends);
  if (!(lastSentMs >= endedHi + STABLE_MS)) {
    return notMeasured(
      "no two seconds of good probes were seen after the outage",
      Math.max(0, first.endedLo - began.hi),
    );
  }
  return measured(Math.max(0, first.endedLo - began.hi), Math.max(0, endedHi - began.lo));
}

/** By when a stream was up again after the common outage that ended no sooner than `commonEndMs`. */
function firstEnd(probes: StreamProbes, fromMs: number, commonEndMs: number): number {
  const within = episodesOf(probes, fromMs).filter((episode) => episode.endedLo <= commonEndMs);
  return Math.max(commonEndMs, ...within.map((episode) => episode.endedHi ?? Infinity));
}

/** All streams as one: good time is good only where no stream failed. */
function merged(streams: readonly StreamProbes[]): StreamProbes {
  const bySending = (a: { sentMs: number }, b: { sentMs: number }): number => a.sentMs - b.sentMs;
  return {
    ok: streams.flatMap((one) => one.ok).toSorted(bySending),
    failed: streams.flatMap((one) => one.failed).toSorted(bySending),
  };
}
