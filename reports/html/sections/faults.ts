import type { FaultRecord } from "../../../contracts/fault.ts";
import type { BoundedInstant } from "../../../contracts/stamps.ts";
import { formatOffset } from "../../../evidence/format.ts";
import { faultLabel, faultRecords } from "../../facts/faults.ts";
import type { Markup } from "../markup.ts";
import type { PageInput } from "../page.ts";
import { dataTable, nothing } from "../parts.ts";

/** What was broken, between which instants, and what was looked at after it was mended. */
export function faults({ view, clock, caps }: PageInput): Markup {
  const rows = faultRecords(view);
  if (rows.length === 0) return nothing("No fault was injected in this run.");
  const bounds = (instant: BoundedInstant | null): string =>
    instant === null
      ? "never seen"
      : `${formatOffset(clock.offsetMs(instant.notBefore))} to ${formatOffset(clock.offsetMs(instant.notAfter))}`;
  return dataTable<FaultRecord>({
    caption: "Faults, each from the moment it was seen to hold to the moment it was seen to be gone",
    columns: [
      { head: "Fault", kind: "head", cell: (row) => faultLabel(row.fault) },
      { head: "State", cell: (row) => row.state },
      { head: "Began between", cell: (row) => bounds(row.active) },
      { head: "Was gone between", cell: (row) => bounds(row.lifted) },
      { head: "What was seen", cell: (row) => row.detail ?? "" },
      { head: "Looked at afterwards", cell: (row) => lookedAt(row.verification) },
    ],
    rows,
    allIn: "events.jsonl",
    caps,
  });
}

function lookedAt(verification: FaultRecord["verification"]): string {
  if (verification.length === 0) return "nothing";
  return verification.map(({ what, holds }) => `${holds ? "✓" : "✕ not:"} ${what}`).join("; ");
}
