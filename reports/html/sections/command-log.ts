import { commands } from "../../facts/records.ts";
import { formatMs, formatOffset } from "../../../evidence/format.ts";
import type { Markup } from "../markup.ts";
import type { PageInput } from "../page.ts";
import { dataTable, nothing } from "../parts.ts";

/** What was asked of the control plane and of the front door, in order. */
export function commandLog({ view, clock, caps }: PageInput): Markup {
  const rows = commands(view);
  if (rows.length === 0) return nothing("No command was recorded.");
  return dataTable({
    caption: "Commands",
    columns: [
      { head: "Ended", kind: "number", cell: (row) => formatOffset(clock.offsetMs(row.event.at)) },
      { head: "Operation", kind: "head", cell: (row) => row.operation },
      { head: "Target", cell: (row) => row.target },
      { head: "Outcome", cell: (row) => (row.outcome === "ok" ? "ok" : "✕ failed") },
      { head: "Took", kind: "number", cell: (row) => formatMs(row.durationMs) },
      { head: "Request", kind: "code", cell: (row) => row.request },
    ],
    rows,
    allIn: "events.jsonl",
    caps,
  });
}
