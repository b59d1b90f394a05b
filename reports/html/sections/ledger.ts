import type { LedgerMeasure } from "../../../evidence/bundle.ts";
import { formatCount, formatInterval } from "../../../evidence/format.ts";
import { rejoined } from "../../facts/rejoin.ts";
import { html, type Markup } from "../markup.ts";
import type { PageInput } from "../page.ts";
import { dataTable, factList, nothing } from "../parts.ts";

const titles: Readonly<Record<LedgerMeasure["label"], string>> = {
  "after-recovery": "Read back after recovery",
  "after-healing": "Read back after healing",
};

/** What became of every write that was acknowledged. */
export function ledger({ view, caps }: PageInput): Markup {
  const { ledger: readBacks } = view.measures;
  if (readBacks.length === 0) return nothing("Not measured: no write was read back.");
  return html`${dataTable({
      caption: "Writes by what became of them, per read-back",
      columns: [
        { head: "Class", kind: "head", cell: (row) => row.name },
        ...readBacks.map((readBack) => ({
          head: titles[readBack.label],
          kind: "number" as const,
          cell: (row: LedgerClass) => formatCount(row.count(readBack)),
        })),
        { head: "Meaning", cell: (row) => row.meaning },
      ],
      rows: classes,
      allIn: "measures.json",
      caps,
      rowClass: (row) => (row.name === "Lost" ? "strong" : ""),
    })}
    ${rejoined(view).map((sentence) => html`<p>${sentence}</p>`)}
    <div class="two">${readBacks.map((readBack) => details(readBack, caps))}</div>`;
}

type LedgerClass = { readonly name: string; readonly meaning: string; readonly count: (of: LedgerMeasure) => number };

const classes: readonly LedgerClass[] = [
  { name: "Attempted", meaning: "sent by a writer", count: (of) => of.attempted },
  { name: "Acknowledged", meaning: "answered with success", count: (of) => of.acknowledged },
  { name: "Kept", meaning: "acknowledged and present", count: (of) => of.kept },
  { name: "Lost", meaning: "acknowledged and absent", count: (of) => of.lost },
  { name: "Unknown, present", meaning: "no clear answer; arrived all the same", count: (of) => of.unknownPresent },
  { name: "Unknown, absent", meaning: "no clear answer; never arrived", count: (of) => of.unknownAbsent },
  { name: "Unexpected", meaning: "refused, yet present", count: (of) => of.unexpected },
  { name: "Wrong token", meaning: "present with another value than was written", count: (of) => of.wrongToken },
  { name: "Disagreements", meaning: "caches differ on an acknowledged write", count: (of) => of.disagreements },
];

function details(readBack: LedgerMeasure, caps: PageInput["caps"]): Markup {
  const confounders = Object.entries(readBack.confounders).filter(([, count]) => count !== 0);
  return html`<div>
    <h3>${titles[readBack.label]}</h3>
    ${factList(
      [
        ["Loss window", readBack.lost === 0 ? "none: nothing was lost" : formatInterval(readBack.lossWindow)],
        [
          "Confounders",
          confounders.length === 0
            ? "none: all counters are zero"
            : `! ${confounders.map(([name, count]) => `${name} ${count}`).join(", ")}`,
        ],
      ],
      caps,
    )}
    ${
      readBack.lostRanges.length === 0
        ? nothing("No acknowledged write is lost.")
        : dataTable({
            caption: `Lost writes by writer: ${titles[readBack.label].toLowerCase()}`,
            columns: [
              { head: "Writer", kind: "head", cell: (row) => row.writer },
              { head: "From", kind: "number", cell: (row) => formatCount(row.fromSeq) },
              { head: "To", kind: "number", cell: (row) => formatCount(row.toSeq) },
              { head: "Writes", kind: "number", cell: (row) => formatCount(row.toSeq - row.fromSeq + 1) },
            ],
            rows: readBack.lostRanges,
            allIn: "measures.json",
            caps,
          })
    }
  </div>`;
}
