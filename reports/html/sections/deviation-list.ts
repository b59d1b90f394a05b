import { deviations } from "../../facts/records.ts";
import { formatOffset } from "../../../evidence/format.ts";
import type { Markup } from "../markup.ts";
import type { PageInput } from "../page.ts";
import { dataTable, nothing } from "../parts.ts";

/** What went otherwise than planned. */
export function deviationList({ view, clock, caps }: PageInput): Markup {
  const rows = deviations(view);
  if (rows.length === 0) return nothing("None: no fault lapsed or failed, no check failed, no error was recorded.");
  return dataTable({
    caption: "Deviations from the plan",
    columns: [
      { head: "When", kind: "number", cell: (row) => formatOffset(clock.offsetMs(row.event.at)) },
      { head: "What", kind: "head", cell: (row) => row.what },
      { head: "Phase", cell: (row) => row.event.phase ?? "" },
      { head: "Detail", cell: (row) => row.detail },
    ],
    rows,
    allIn: "events.jsonl",
    caps,
  });
}
