import { faultRecordSchema, type FaultRecord } from "../../contracts/fault.ts";
import type { BoundedInstant } from "../../contracts/stamps.ts";
import type { Measures } from "../bundle.ts";
import type { DrillEvent } from "../events.ts";
import type { RunClock } from "./clock.ts";
import { measured, notMeasured } from "./interval.ts";

/** An instant of the run known to lie between two readings, in run milliseconds. */
export type Instant = { readonly lo: number; readonly hi: number };

/** The last record of each fault, in the order in which they were first heard of. */
export function faultRecords(events: readonly DrillEvent[]): FaultRecord[] {
  const byId = new Map<string, FaultRecord>();
  for (const event of events) {
    if (!event.type.startsWith("fault.")) continue;
    const found = faultRecordSchema.safeParse(event.data["record"]);
    if (found.success) byId.set(found.data.id, found.data);
  }
  return [...byId.values()];
}

function instantOf(bounds: BoundedInstant, clock: RunClock): Instant {
  return { lo: clock.at(bounds.notBefore), hi: clock.at(bounds.notAfter) };
}

export function faultMeasures(records: readonly FaultRecord[], clock: RunClock): Measures["faults"] {
  return records.map(({ id, fault, state, active, lifted }) => {
    const began = active && instantOf(active, clock);
    const ended = lifted && instantOf(lifted, clock);
    const target = "region" in fault ? fault.region : "cache" in fault ? fault.cache : `${fault.from} → ${fault.to}`;
    const why = began ? "it was not seen to be lifted" : "it was never active";
    const span = began && ended ? measured(Math.max(0, ended.lo - began.hi), ended.hi - began.lo) : notMeasured(why);
    return { id, kind: fault.kind, target, state, active: span };
  });
}

/** When the disturbance began: the first fault; without one (a planned failover) the start of the fault or act phase. */
export function disturbanceOf(
  events: readonly DrillEvent[],
  records: readonly FaultRecord[],
  clock: RunClock,
): Instant | null {
  const begins = records.flatMap(({ active }) => (active ? [instantOf(active, clock)] : []));
  const first = begins.toSorted((a, b) => a.lo - b.lo)[0];
  if (first) return first;
  if (records.length > 0) return null;
  for (const phase of ["fault", "act"]) {
    const started = events.find((event) => event.type === "phase.started" && event.phase === phase);
    if (started) return { lo: clock.at(started.at), hi: clock.at(started.at) };
  }
  return null;
}
