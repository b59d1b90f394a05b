import type { CounterMeasure, OriginMeasure } from "../../../../evidence/active-bundle.ts";
import { formatCount, formatInterval } from "../../../../evidence/format.ts";
import { html, type Markup } from "../../markup.ts";
import type { PageInput } from "../../page.ts";
import { dataTable, factList, nothing } from "../../parts.ts";

/** What became of the acknowledged writes of each region: delayed is not lost. */
export function origins(input: PageInput): Markup {
  const { active } = input.view.measures;
  if (!active || active.origins.length === 0) return nothing("Not measured: no write was read back.");
  return html`${originTable(active.origins, input)}
    <p class="note">
      Delayed: missed by some member after recovery, everywhere after healing. Lost: on no surviving member after
      healing. Unsent: acknowledged by the lost region before anyone had pulled it; only unlinking by force gives it up.
      Additions to a counter are acknowledged here and told by the sum below: one cannot be found among the others.
    </p>
    ${factList(
      [
        ["Acknowledged and lost", formatInterval(active.lostAcknowledged)],
        ["Refused for want of memory", formatInterval(active.oomRefusals)],
      ],
      input.caps,
    )}
    ${counters(input)} ${disagreements(input)}`;
}

const columns: readonly (readonly [head: string, count: (row: OriginMeasure) => number])[] = [
  ["Attempted", (row) => row.attempted],
  ["Acknowledged", (row) => row.acknowledged],
  ["Present", (row) => row.present],
  ["Delayed", (row) => row.delayed],
  ["Lost", (row) => row.lost],
  ["Of these unsent", (row) => row.lostUnsent],
  ["Disagreeing", (row) => row.disagreeing],
  ["Unread", (row) => row.unread],
  ["Unknown", (row) => row.unknown],
  ["OOM", (row) => row.oomRefused],
];

function originTable(rows: readonly OriginMeasure[], { caps }: PageInput): Markup {
  return dataTable<OriginMeasure>({
    caption: "Writes by the region that acknowledged them",
    columns: [
      { head: "Region", kind: "head", cell: (row) => row.region },
      ...columns.map(([head, count]) => ({
        head,
        kind: "number" as const,
        cell: (row: OriginMeasure) => formatCount(count(row)),
      })),
    ],
    rows,
    allIn: "measures.json",
    caps,
    rowClass: (row) => (row.lost > 0 ? "strong" : ""),
  });
}

const sums: Readonly<Record<CounterMeasure["sum"], string>> = {
  "adds-up": "adds up",
  behind: "behind: operations may still be under way",
  "too-low": "✕ too low",
  "too-high": "✕ too high",
  unread: "not read",
};

function counters({ view, caps }: PageInput): Markup {
  const rows = view.measures.active?.counters ?? [];
  const strangers = (view.measures.active?.sets ?? []).filter((one) => one.strangers > 0);
  if (rows.length === 0) return null;
  return html`${dataTable<CounterMeasure>({
    caption: "Counters against what was added to them",
    columns: [
      { head: "Counter", kind: "head", cell: (row) => row.key },
      { head: "At", cell: (row) => row.cache },
      { head: "Read", cell: (row) => row.label },
      { head: "Shown", kind: "number", cell: (row) => formatCount(row.shown) },
      { head: "Acknowledged", kind: "number", cell: (row) => formatCount(row.acknowledged) },
      { head: "Unknown", kind: "number", cell: (row) => formatCount(row.unknown) },
      { head: "Sum", cell: (row) => sums[row.sum] },
    ],
    rows,
    allIn: "measures.json",
    caps,
  })}
  ${strangers.map((one) => html`<p class="warn">! Sets at ${one.cache} have ${formatCount(one.strangers)} members that nobody added.</p>`)}`;
}

function disagreements({ view, caps }: PageInput): Markup {
  const rows = view.measures.active?.disagreements ?? [];
  if (rows.length === 0) return null;
  return dataTable({
    caption: "Writes that some members have and others lack after healing",
    columns: [
      { head: "Writer", kind: "head", cell: (row) => row.writer },
      { head: "Number", kind: "number", cell: (row) => formatCount(row.seq) },
      { head: "Has it", cell: (row) => row.has.join(", ") },
      { head: "Lacks it", cell: (row) => row.lacks.join(", ") },
    ],
    rows,
    allIn: "measures.json",
    caps,
  });
}
