import { table } from "../cli/table.ts";
import type { Conditions } from "./conditions.ts";
import type { Goal } from "./figure.ts";
import type { Outcome, SummedFigure } from "./outcome.ts";

export function renderConditions(conditions: Conditions): string {
  const { cores, cpu, memoryGb, system, node, redis, haproxy, loadAverage, at } = conditions;
  return [
    `${cores} × ${cpu}, ${memoryGb} GB, ${system}; load average before the run ${loadAverage.toFixed(2)}`,
    `node ${node}, redis ${redis}, haproxy ${haproxy}; ${at}`,
  ].join("\n");
}

/** Median, then least and most over the rounds. */
export function renderOutcome(outcome: Outcome): string {
  const head = `${outcome.name}${outcome.quick ? " (quick: no goal is judged)" : ""}: ${outcome.about}`;
  if (outcome.error !== null) return `${head}\n  not measured: ${outcome.error}`;
  const rows = outcome.figures.map((figure) => [`  ${figure.name}`, amount(figure), goalOf(figure, outcome.quick)]);
  return `${head}\n${table(rows)}`;
}

function amount({ median, min, max, values, unit, note }: SummedFigure): string {
  if (median === null) return `–  ${note ?? "not measured"}`;
  const spread = values.length > 1 ? ` [${rounded(min ?? NaN)}–${rounded(max ?? NaN)}] n=${values.length}` : "";
  return `${rounded(median)} ${unit}${spread}${note === undefined ? "" : `  (${note})`}`;
}

function goalOf({ goal, judgement }: SummedFigure, quick: boolean): string {
  if (!goal) return "";
  return quick || judgement === "not-measured" ? `goal ${bound(goal)}` : `goal ${bound(goal)}: ${judgement}`;
}

function bound(goal: Goal): string {
  return "atMost" in goal ? `≤ ${goal.atMost}` : `≥ ${goal.atLeast}`;
}

function rounded(value: number): string {
  if (!Number.isFinite(value)) return "?";
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
