import type { ComparisonSummary } from "../../../../evidence/active-bundle.ts";
import { formatCount, formatInterval, formatLimit, formatMs, formatOffset } from "../../../../evidence/format.ts";
import { bytesInWords } from "../../../facts/group/bytes.ts";
import { html, type Markup } from "../../markup.ts";
import type { PageInput } from "../../page.ts";
import { dataTable, factList, nothing } from "../../parts.ts";

/** Whether all members ended up with the same, since when, and how long the whole drill took. */
export function convergence(input: PageInput): Markup {
  const { view, caps } = input;
  const { active } = view.measures;
  if (!active) return nothing("Not measured.");
  return html`${factList(
      [
        ["Time to converge", formatInterval(active.timeToConverge)],
        ["Drill clock", `${formatInterval(active.drillClock)}${limitOf(input)}`],
      ],
      caps,
    )}
    <p class="note">
      Time to converge: from the last obstacle being gone to all members showing the same. Drill clock: from the opening
      of the run to service and redundancy being restored.
    </p>
    ${comparisons(active.comparisons, input)} ${differences(active.comparisons.at(-1), input)}`;
}

function limitOf({ view }: PageInput): string {
  const set = view.scenario?.objectives.find((one) => one.metric === "drill-clock");
  return set?.metric === "drill-clock" ? ` against ${formatLimit(set.atMostMs)}` : "";
}

function comparisons(rows: readonly ComparisonSummary[], { caps }: PageInput): Markup {
  if (rows.length === 0) return nothing("The members were never compared.");
  return dataTable({
    caption: "Comparisons of all members, element by element",
    columns: [
      { head: "Ended", kind: "number", cell: (row) => formatOffset(row.atMs) },
      { head: "When", kind: "head", cell: (row) => row.label },
      { head: "Outcome", cell: (row) => (row.equal ? "equal" : `✕ ${formatCount(row.differenceCount)} differences`) },
      { head: "Took", kind: "number", cell: (row) => formatMs(row.tookMs) },
      { head: "Compared", cell: (row) => comparedInWords(row) },
    ],
    rows,
    allIn: "measures.json",
    caps,
  });
}

function comparedInWords({ members }: ComparisonSummary): string {
  return members
    .map(({ cache, keys, elements }) => `${cache} ${formatCount(keys)} keys, ${formatCount(elements)} elements`)
    .join("; ");
}

function differences(last: ComparisonSummary | undefined, { caps }: PageInput): Markup {
  if (last === undefined || last.differences.length === 0) return null;
  return dataTable({
    caption: "First differences of the last comparison",
    columns: [
      { head: "Key", kind: "head", cell: (row) => bytesInWords(row.key) },
      { head: "Kind", cell: (row) => row.kind },
      { head: "Shown", kind: "code", cell: (row) => shownInWords(row.shown) },
    ],
    rows: last.differences,
    allIn: "events.jsonl",
    caps,
  });
}

function shownInWords(shown: Readonly<Record<string, string>>): string {
  return Object.entries(shown)
    .map(([member, text]) => `${member}: ${text}`)
    .join("; ");
}
