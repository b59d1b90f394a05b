import { objectivesWorstFirst } from "../../facts/headline.ts";
import { html, type Markup } from "../markup.ts";
import type { PageInput } from "../page.ts";
import { dataTable, measured, nothing, verdictBadge } from "../parts.ts";

/** Each objective against what was measured, the broken ones first. */
export function objectives({ view, caps }: PageInput): Markup {
  const rows = objectivesWorstFirst(view);
  if (rows.length === 0) return nothing("No objective was judged in this run.");
  const table = dataTable({
    caption: "Objectives, failures first",
    columns: [
      {
        head: "Objective",
        kind: "head",
        cell: (row) => html`<span class="id">${row.id}</span> <span class="muted">${row.metric}</span>`,
      },
      { head: "Demanded", cell: (row) => row.objective },
      { head: "Measured", cell: (row) => measured(row.measured) },
      { head: "Verdict", cell: (row) => verdictBadge(row.verdict) },
      { head: "Why", cell: (row) => row.why },
    ],
    rows,
    allIn: "verdict.json",
    caps,
    rowClass: (row) => `is-${row.verdict}`,
  });
  return html`${table}
    <p class="note">
      PASS needs the upper bound to keep the objective, FAIL the lower bound to break it. Everything between is
      INCONCLUSIVE.
    </p>`;
}
