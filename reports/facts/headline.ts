import type { Interval, LedgerMeasure, Verdict, VerdictFile } from "../../evidence/bundle.ts";
import type { BundleView } from "../../evidence/view.ts";
import { formatCount, formatInterval } from "../format.ts";

type ObjectiveResult = VerdictFile["objectives"][number];

const severity: Readonly<Record<Verdict, number>> = { fail: 0, inconclusive: 1, pass: 2 };

/** Failures first, then what is not known, then what passed; within each as the scenario lists them. */
export function objectivesWorstFirst(view: BundleView): readonly ObjectiveResult[] {
  return view.verdict.objectives.toSorted((a, b) => severity[a.verdict] - severity[b.verdict]);
}

type Headline = { readonly sentence: string; readonly rto: string; readonly lostWrites: string };

/** What a reader must know if nothing else is read: recovery time against its objective, and lost writes. */
export function headline(view: BundleView): Headline {
  const rto = rtoPhrase(view);
  const lostWrites = lostPhrase(view);
  const kept = view.verdict.objectives.filter((objective) => objective.verdict === "pass").length;
  const ending = view.verdict.ending === "completed" ? "" : ` The run ended early: ${view.verdict.ending}.`;
  const judged = view.verdict.objectives.length;
  const count = judged === 0 ? "No objective was judged." : `${kept} of ${judged} objectives were shown to be kept.`;
  return { sentence: `${rto}; ${lostWrites}. ${count}${ending}`, rto, lostWrites };
}

function rtoPhrase(view: BundleView): string {
  const worst = objectivesWorstFirst(view).find((objective) => objective.metric === "rto");
  if (worst !== undefined) return `Recovery time ${phrase(worst.measured)} against an objective of ${worst.objective}`;
  return `Recovery time as clients saw it ${phrase(view.measures.recovery.serve)} (no objective set)`;
}

function phrase(interval: Interval): string {
  return interval.kind === "measured" ? formatInterval(interval) : `was ${formatInterval(interval)}`;
}

function lostPhrase(view: BundleView): string {
  const ledger = worstLedger(view.measures.ledger);
  if (ledger === undefined) return "lost writes not measured: nothing was read back";
  if (ledger.acknowledged === 0) return "lost writes not measured: no write was acknowledged";
  return `${formatCount(ledger.lost)} of ${formatCount(ledger.acknowledged)} acknowledged writes lost`;
}

/** The read-back that found the most lost. */
function worstLedger(ledgers: readonly LedgerMeasure[]): LedgerMeasure | undefined {
  return ledgers.toSorted((a, b) => b.lost - a.lost)[0];
}
