import { phases } from "../../../evidence/events.ts";
import { formatMs, formatOffset } from "../../../evidence/format.ts";
import type { Markup } from "../markup.ts";
import type { PageInput } from "../page.ts";
import { dataTable, nothing } from "../parts.ts";

const stateWords = { done: "done", failed: "✕ failed", skipped: "skipped", "never-reached": "never reached" } as const;

/** Every phase of a drill, also those that were skipped or never reached. */
export function phaseTable({ view, clock, caps }: PageInput): Markup {
  const rows = view.measures.phases;
  if (rows.length === 0) return nothing("No phase was recorded.");
  return dataTable({
    caption: "Phases",
    columns: [
      { head: "#", kind: "number", cell: (row) => String(phases.indexOf(row.phase) + 1) },
      { head: "Phase", kind: "head", cell: (row) => row.phase },
      { head: "State", cell: (row) => stateWords[row.state] },
      { head: "Started", kind: "number", cell: (row) => formatOffset(clock.offsetMs(row.startedAt)) },
      { head: "Took", kind: "number", cell: (row) => formatMs(row.durationMs) },
      { head: "Why", cell: (row) => row.why ?? "" },
    ],
    rows,
    allIn: "measures.json",
    caps,
    rowClass: (row) => `phase-${row.state}`,
  });
}
