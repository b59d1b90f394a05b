import type { Objective, Scenario } from "../scenarios/schema.ts";
import type { ActiveMeasure, OriginMeasure } from "./active-bundle.ts";
import type { LedgerMeasure, Measures, VerdictFile } from "./bundle.ts";
import { groupInWords } from "./headline-group.ts";
import { formatCount, formatInterval, formatLimit } from "./format.ts";

type Headline = {
  readonly rto: string;
  readonly lostWrites: string;
  /** What is said of an active group besides, in the order to be read; empty for every other topology. */
  readonly group: readonly [name: string, said: string][];
};
type Judged = { readonly measures: Measures; readonly verdict: VerdictFile };

const PARTS_SHOWN = 4;

/** The two figures everyone asks for, each with its bounds and its limit: the same words on a terminal and in a report. */
export function headlineOf(scenario: Scenario | null, { measures, verdict }: Judged): Headline {
  return {
    rto: rtoInWords(scenario, { measures, verdict }),
    lostWrites: lostInWords(scenario, measures),
    group: groupInWords(measures.active),
  };
}

function rtoInWords(scenario: Scenario | null, { measures, verdict }: Judged): string {
  const judged = verdict.objectives.filter((one) => one.metric === "rto");
  if (judged.length === 0) return withoutObjective(measures);
  const parts = judged.slice(0, PARTS_SHOWN).map((one) => {
    const set = scenario?.objectives.find((each) => each.id === one.id);
    return `${formatInterval(one.measured)} against ${limitOf(set) ?? one.objective}`;
  });
  const more = judged.length - parts.length;
  return `${parts.join("; ")}${more > 0 ? `; ${more} more` : ""}`;
}

/** A drill that takes nothing away has no recovery to speak of. */
function withoutObjective({ recovery }: Measures): string {
  if (recovery.serve.kind === "measured" && recovery.serve.hi === 0)
    return "service was not interrupted (no objective set)";
  return `${formatInterval(recovery.serve)} (no objective set)`;
}

function limitOf(objective: Objective | undefined): string | null {
  if (objective?.metric !== "rto") return null;
  return `${formatLimit(objective.atMostMs)} (${objective.op}, ${objective.region} users)`;
}

const labels = { "after-recovery": "after recovery", "after-healing": "after healing" } as const;

/**
 * The read-back that the verdict counts: the one with most lost; of equals the later one, which covers the writes of
 * the whole run. The others are named beside it, because each counts the writes acknowledged by its own time.
 */
function lostInWords(scenario: Scenario | null, { ledger, active }: Measures): string {
  if (active) return lostOfGroup(scenario, active);
  const [worst, ...others] = ledger.toReversed().toSorted((a, b) => b.lost - a.lost);
  if (!worst) return "not measured: nothing was read back";
  if (worst.acknowledged === 0) return "not measured: no write was acknowledged";
  const against = againstLost(scenario);
  const when = [`read back ${labels[worst.label]}`, ...others.map((one) => `${labels[one.label]} ${lostOf(one)}`)];
  return `${lostOf(worst)} acknowledged writes lost${against} (${when.join("; ")})`;
}

function againstLost(scenario: Scenario | null): string {
  const limit = scenario?.objectives.find((one) => one.metric === "lost-writes");
  return limit ? ` against at most ${formatCount(limit.atMost)}` : "";
}

/** What was only late is no loss, and is said beside it. */
function lostOfGroup(scenario: Scenario | null, { lostAcknowledged, origins }: ActiveMeasure): string {
  if (lostAcknowledged.kind === "not-measured") return formatInterval(lostAcknowledged);
  const total = (of: (one: OriginMeasure) => number): string =>
    formatCount(origins.reduce((sum, one) => sum + of(one), 0));
  const of = `of ${total((one) => one.acknowledged)} acknowledged lost`;
  const besides = `${total((one) => one.delayed)} delayed, ${total((one) => one.disagreeing)} on some members only`;
  return `${formatInterval(lostAcknowledged)} ${of}${againstLost(scenario)} (${besides})`;
}

function lostOf({ lost, acknowledged }: LedgerMeasure): string {
  return `${formatCount(lost)} of ${formatCount(acknowledged)}`;
}
