import { faultRecordSchema, type Fault, type FaultRecord } from "../../contracts/fault.ts";
import type { BundleView } from "../../evidence/view.ts";
import type { RunClock } from "./clock.ts";

/** A fault as charts draw it: from the moment it may have begun to the moment it had surely gone. */
export type FaultBand = {
  readonly id: string;
  readonly label: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly state: FaultRecord["state"];
};

/** The last known record of each fault, in the order of their first mention. */
export function faultRecords(view: BundleView): readonly FaultRecord[] {
  const records = new Map<string, FaultRecord>();
  for (const event of view.events) {
    if (!event.type.startsWith("fault.")) continue;
    const parsed = faultRecordSchema.safeParse(event.data["record"]);
    if (parsed.success) records.set(parsed.data.id, parsed.data);
  }
  return [...records.values()];
}

export function faultBands(view: BundleView, clock: RunClock): readonly FaultBand[] {
  return faultRecords(view).flatMap((record) => {
    const fromMs = clock.offsetMs(record.active?.notBefore);
    if (fromMs === null) return [];
    const toMs = clock.offsetMs(record.lifted?.notAfter) ?? clock.lengthMs;
    return [
      { id: record.id, label: faultLabel(record.fault), fromMs, toMs: Math.max(fromMs, toMs), state: record.state },
    ];
  });
}

/** What was done to what, in a few words. */
export function faultLabel(fault: Fault): string {
  switch (fault.kind) {
    case "region-outage":
      return `region outage (${fault.mode}): ${fault.region}`;
    case "memory-pressure":
      return `memory pressure: ${fault.cache} to ${Math.round(fault.fillRatio * 100)} %`;
    case "link-latency":
      return `latency +${fault.latencyMs} ms: ${linkOf(fault)}`;
    case "link-bandwidth":
      return `bandwidth ${fault.bytesPerSecond} B/s: ${linkOf(fault)}`;
    case "link-partition":
      return `partition: ${linkOf(fault)}`;
    case "link-loss":
      return `one-way loss: ${linkOf(fault)}`;
    case "link-reset":
      return `resets: ${linkOf(fault)}`;
  }
}

function linkOf(fault: { readonly from: string; readonly to: string; readonly path: string }): string {
  return `${fault.from} → ${fault.to} (${fault.path})`;
}
