import { formatBytes, formatCount, formatMs, formatOffset } from "../../../../evidence/format.ts";
import type { LagMeasure } from "../../../../evidence/active-bundle.ts";
import { lagChart } from "../../charts/lag-chart.ts";
import { bytesInWords } from "../../../facts/group/bytes.ts";
import { conflictCounts } from "../../../facts/group/conflicts.ts";
import { html, type Markup } from "../../markup.ts";
import type { PageInput } from "../../page.ts";
import { dataTable, nothing } from "../../parts.ts";

/** What each member held for each other one that had not acknowledged it. */
export function lag(input: PageInput): Markup {
  const series = input.view.group?.lag ?? [];
  const rows = input.view.measures.active?.lag ?? [];
  if (rows.length === 0 && series.length === 0) return nothing("Not measured: no member was sampled.");
  return html`${
    series.length === 0
      ? null
      : html`<figure class="chart lag-chart">
          <div class="scroll" tabindex="0" role="region" aria-label="Lag chart">
            <div class="wide">${lagChart(input, series)}</div>
          </div>
          <figcaption>
            Operations that one member holds for another. Each point is the largest of its time bucket.
          </figcaption>
        </figure>`
  }${lagTable(rows, input)}`;
}

function lagTable(rows: readonly LagMeasure[], { caps }: PageInput): Markup {
  return dataTable({
    caption: "Operations not yet acknowledged, by who held them and for whom",
    columns: [
      { head: "At", kind: "head", cell: (row) => row.member },
      { head: "For", cell: (row) => row.peer },
      { head: "Most operations", kind: "number", cell: (row) => formatCount(row.maxOperations) },
      { head: "Most bytes", kind: "number", cell: (row) => formatBytes(row.maxBytes) },
      { head: "Oldest", kind: "number", cell: (row) => formatMs(row.maxMs) },
      { head: "Seen", kind: "number", cell: (row) => formatOffset(row.maxAtMs) },
      { head: "Last sample", kind: "number", cell: (row) => formatCount(row.lastOperations) },
    ],
    rows,
    allIn: "signals/groups.ndjson.gz",
    caps,
  });
}

/** Who lost a conflict: counted by every member, the first ones listed with what they had written. */
export function conflicts(input: PageInput): Markup {
  const { view, caps } = input;
  const counts = conflictCounts(view);
  if (counts.length === 0) return nothing("No member was asked for its conflicts.");
  return html`${dataTable({
      caption: "Conflicts counted by each member",
      columns: [
        { head: "Member", kind: "head", cell: (row) => row.member },
        { head: "Conflicts", kind: "number", cell: (row) => formatCount(row.count) },
        { head: "By rule", cell: (row) => rulesInWords(row.byRule, row.listed, row.count) },
      ],
      rows: counts,
      allIn: "conflicts/",
      caps,
    })}
    <p class="note">
      Every member keeps its own list; a conflict that all members saw stands in each. Nothing is lost silently: what
      the loser had written is named.
    </p>
    ${firstOnes(input)}`;
}

function rulesInWords(byRule: readonly (readonly [string, number])[], listed: number, count: number): string {
  if (byRule.length === 0) return count === 0 ? "none" : "none listed";
  const said = byRule.map(([rule, times]) => `${rule} ${formatCount(times)}`).join(", ");
  return listed < count ? `${said} (of the first ${formatCount(listed)})` : said;
}

function firstOnes({ view, clock, caps }: PageInput): Markup {
  const rows = (view.conflicts ?? []).flatMap(({ member, first }) => first.map((conflict) => ({ member, conflict })));
  if (rows.length === 0) return nothing("No conflict was listed.");
  return html`<details>
    <summary>First conflicts (${formatCount(rows.length)})</summary>
    ${dataTable({
      caption: "Who lost, and what",
      columns: [
        { head: "When", kind: "number", cell: ({ conflict }) => formatOffset(clock.offsetMs(conflict.at)) },
        { head: "At", kind: "head", cell: ({ member }) => member },
        { head: "Key", kind: "code", cell: ({ conflict }) => placeOf(conflict) },
        { head: "Rule", cell: ({ conflict }) => conflict.rule },
        { head: "Loser", kind: "code", cell: ({ conflict }) => `${conflict.loser.origin} ${conflict.loser.seq}` },
        { head: "Winner", kind: "code", cell: ({ conflict }) => `${conflict.winner.origin} ${conflict.winner.seq}` },
        { head: "Lost", kind: "code", cell: ({ conflict }) => lostOf(conflict) },
      ],
      rows,
      allIn: "conflicts/",
      caps,
    })}
  </details>`;
}

type Conflict = { readonly key: string; readonly cell: string | null; readonly lostValue: string | null };

function placeOf({ key, cell }: Conflict): string {
  return cell === null ? bytesInWords(key) : `${bytesInWords(key)} · ${bytesInWords(cell)}`;
}

function lostOf({ lostValue }: Conflict): string {
  return lostValue === null ? "a removal" : bytesInWords(lostValue);
}
