import type { Scenario } from "../scenarios/schema.ts";
import type { Interval, Measures } from "./bundle.ts";
import { outageOf } from "./measures/recovery.ts";

/** The two figures everyone asks for, each with its bounds and its objective. */
export function headlineOf(scenario: Scenario | null, measures: Measures): { rto: string; lostWrites: string } {
  return { rto: rtoHeadline(scenario, measures), lostWrites: lostHeadline(scenario, measures) };
}

function rtoHeadline(scenario: Scenario | null, measures: Measures): string {
  const named = (scenario?.objectives ?? []).filter((one) => one.metric === "rto");
  if (named.length === 0) return `RTO ${seconds(measures.recovery.serve)}`;
  const parts = named.map((one) => {
    const value = outageOf(measures.streams, one);
    return `RTO (${one.op}, ${one.region} users) ${seconds(value)} against ${one.atMostMs / 1000} s`;
  });
  return parts.join("; ");
}

function seconds(value: Interval): string {
  if (value.kind === "measured") return `${(value.lo / 1000).toFixed(3)}–${(value.hi / 1000).toFixed(3)} s`;
  return value.atLeast === undefined
    ? `not measured (${value.why})`
    : `at least ${(value.atLeast / 1000).toFixed(3)} s (${value.why})`;
}

function lostHeadline(scenario: Scenario | null, { ledger }: Measures): string {
  const last = ledger.at(-1);
  if (!last) return "lost writes not measured";
  const limit = (scenario?.objectives ?? []).find((one) => one.metric === "lost-writes");
  const against = limit ? ` against at most ${limit.atMost}` : "";
  const lost = Math.max(...ledger.map((one) => one.lost));
  return `${lost} of ${last.acknowledged} acknowledged writes lost${against}`;
}
