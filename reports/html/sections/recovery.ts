import type { Interval, Measures } from "../../../evidence/bundle.ts";
import { formatInterval } from "../../../evidence/format.ts";
import { isGroupDrill } from "../../facts/group/is-group-drill.ts";
import { intervalBars } from "../charts/interval-bars.ts";
import { html, type Markup } from "../markup.ts";
import type { PageInput } from "../page.ts";
import { dataTable, measured } from "../parts.ts";

const meanings: Readonly<Record<keyof Measures["recovery"], string>> = {
  detect: "fault active → alarm",
  decide: "alarm → decision",
  act: "decision → last act done",
  serve: "outage as clients saw it; compared with a recovery-time objective",
  stable: "fault active → served without failure for a while",
  redundant: "fault active → both caches linked and equal again",
};
const groupRedundant = "fault active → every member in the group again and caught up";

type Part = { readonly name: string; readonly interval: Interval };

function meaningOf(name: keyof Measures["recovery"], view: PageInput["view"]): string {
  return name === "redundant" && isGroupDrill(view) ? groupRedundant : meanings[name];
}

/** The recovery split up; each part is known to lie between two bounds. */
export function recovery({ view, caps }: PageInput): Markup {
  const parts: readonly Part[] = Object.keys(meanings).map((name) => ({
    name,
    interval: view.measures.recovery[name as keyof Measures["recovery"]],
  }));
  const table = dataTable({
    caption: "Recovery, part by part",
    columns: [
      { head: "Part", kind: "head", cell: (row) => html`<span class="nowrap">${row.name}</span>` },
      { head: "Measured", cell: (row) => measured(row.interval) },
      { head: "From → to", cell: (row) => meaningOf(row.name as keyof Measures["recovery"], view) },
    ],
    rows: parts,
    allIn: "measures.json",
    caps,
    rowClass: (row) => (row.name === "serve" ? "strong" : ""),
  });
  return html`<div class="two">
      ${table}${parts.some((part) => part.interval.kind === "measured") ? intervalBars(parts) : null}
    </div>
    <p class="note">
      Replication delay, the worst of the rounds that were sampled: ${formatInterval(view.measures.replicationDelay)}.
    </p>`;
}
