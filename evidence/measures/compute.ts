import { z } from "zod";
import type { Scenario } from "../../scenarios/schema.ts";
import type { Interval, Measures, StreamMeasure } from "../bundle.ts";
import type { DrillEvent } from "../events.ts";
import type { ProbeFile, RawFiles } from "../raw-files.ts";
import { activeMeasure } from "./active/compute.ts";
import { runClock } from "./clock.ts";
import { disturbanceOf, faultMeasures, faultRecords } from "./faults.ts";
import { measured, notMeasured } from "./interval.ts";
import { latencyByPhase } from "./latency.ts";
import { ledgerMeasures } from "./ledger.ts";
import { loadMeasure } from "./load.ts";
import { longestOutage, probesOf, type StreamProbes } from "./outage.ts";
import { phaseSpans } from "./phases.ts";
import { recoveryOf } from "./recovery.ts";

export type MeasuresInput = RawFiles & {
  readonly drillId: string;
  readonly scenario: Scenario | null;
  readonly events: readonly DrillEvent[];
};

/** All measures of a run from its events and raw files. Pure; what is not in them is not measured, never zero. */
export function computeMeasures(input: MeasuresInput): Measures {
  const { events } = input;
  const clock = runClock(events);
  const phases = phaseSpans(events, clock);
  const records = faultRecords(events);
  const began = disturbanceOf(events, records, clock);
  const read = input.probes.map((file) => ({ file, probes: probesOf(file, clock.at(file.header.origin)) }));
  const streams = read.map(({ file, probes }) => ({
    ...streamFacts(file),
    ...longestOutage(probes, began?.lo ?? null),
    phases: latencyByPhase(file, phases, clock),
  }));
  const service: StreamProbes[] = read
    .filter(({ file }) => file.header.stream.kind === "service")
    .map(({ probes }) => probes);
  const active = activeMeasure({ ...input, clock, began });
  return {
    schema: "lifeboat/measures/1",
    drillId: input.drillId,
    phases,
    recovery: recoveryOf({ scenario: input.scenario, events, clock, began, streams, service }),
    streams,
    ledger: ledgerMeasures({ writes: input.writes, reads: input.reads, clock, began }),
    replicationDelay: replicationDelay(events),
    faults: faultMeasures(records, clock),
    load: loadMeasure(input.load, phases, clock),
    ...(active ? { active } : {}),
  };
}

function streamFacts({ header: { stream }, samples }: ProbeFile): Omit<StreamMeasure, "outage" | "outages" | "phases"> {
  const latenessUs = samples.reduce((max, [dueUs, sentUs]) => Math.max(max, sentUs - dueUs), 0);
  return {
    stream: stream.name,
    kind: stream.kind,
    region: stream.region,
    op: stream.op,
    samples: samples.length,
    maxLatenessMs: latenessUs / 1000,
    detectionFloorMs: stream.intervalMs + stream.timeoutMs,
  };
}

const delaySchema = z.object({ loMs: z.number().min(0), hiMs: z.number().min(0) });

/** The worst of the samples that checks and notes carry as `data.replicationDelay {loMs, hiMs}`. */
function replicationDelay(events: readonly DrillEvent[]): Interval {
  const samples = events.flatMap((event) => {
    const found = delaySchema.safeParse(event.data["replicationDelay"]);
    return found.success ? [found.data] : [];
  });
  if (samples.length === 0) return notMeasured("no replication delay was sampled");
  return measured(Math.max(...samples.map((one) => one.loMs)), Math.max(...samples.map((one) => one.hiMs)));
}
