import { formatOffset } from "../../../evidence/format.ts";
import { checks } from "../../facts/records.ts";
import type { Markup } from "../markup.ts";
import type { PageInput } from "../page.ts";
import { dataTable, nothing } from "../parts.ts";

/** What was checked before anything was broken and after all was mended, with what was found. */
export function checkList({ view, clock, caps }: PageInput): Markup {
  const rows = checks(view);
  if (rows.length === 0) return nothing("Nothing was checked in this run.");
  return dataTable({
    caption: "Checks",
    columns: [
      { head: "When", kind: "number", cell: (row) => formatOffset(clock.offsetMs(row.event.at)) },
      { head: "Check", kind: "head", cell: (row) => row.name },
      { head: "Of", cell: (row) => row.event.target ?? "" },
      { head: "Outcome", cell: (row) => (row.passed ? "passed" : "✕ failed") },
      { head: "Found", kind: "code", cell: (row) => row.found },
    ],
    rows,
    allIn: "events.jsonl",
    caps,
  });
}
