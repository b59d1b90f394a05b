import type { Objective, Scenario } from "../scenarios/schema.ts";
import { activeInWords, compareActive, isActive } from "./verdict-active.ts";
import type { Interval, Measures, VerdictFile } from "./bundle.ts";
import type { DrillEvent, Ending } from "./events.ts";
import { formatLimit } from "./format.ts";
import { measured, notMeasured } from "./measures/interval.ts";
import { outageOf } from "./measures/recovery.ts";
import { within, type Judged } from "./within.ts";

export type JudgeInput = {
  readonly scenario: Scenario | null;
  readonly measures: Measures;
  readonly events: readonly DrillEvent[];
  readonly ending: Ending;
};

type Result = VerdictFile["objectives"][number];

/** Three values, the worst wins: fail, then inconclusive, then pass. No data is never a pass. */
export function judge(input: JudgeInput): VerdictFile {
  const objectives = (input.scenario?.objectives ?? []).map((objective) => resultOf(objective, input));
  const doubts = doubtsAboutRun(input, objectives.length);
  const values = [...objectives.map((one) => one.verdict), ...(doubts.length > 0 ? (["inconclusive"] as const) : [])];
  const overall = values.includes("fail") ? "fail" : values.includes("inconclusive") ? "inconclusive" : "pass";
  const reasons = objectives.filter((one) => one.verdict !== "pass").map((one) => `${one.id}: ${one.why}`);
  return {
    schema: "lifeboat/verdict/1",
    drillId: input.measures.drillId,
    overall,
    ending: input.ending,
    why: [...doubts, ...reasons],
    objectives,
  };
}

/** What keeps the whole run from passing, whatever its objectives say. */
function doubtsAboutRun({ ending, measures, events }: JudgeInput, objectives: number): string[] {
  const doubts: string[] = [];
  if (ending !== "completed") doubts.push(`the run did not complete: it ended as ${ending}`);
  if (objectives === 0) doubts.push("there is no objective that could be judged");
  for (const problem of faultProblems(measures)) doubts.push(problem);
  const failed = events.filter((event) => event.type === "check.failed");
  if (failed.length > 0) doubts.push(`checks failed: ${failed.map((event) => event.target ?? event.key).join(", ")}`);
  return doubts;
}

function faultProblems({ faults }: Measures): string[] {
  return faults.flatMap((fault) => {
    if (fault.state === "lapsed") return [`fault ${fault.id} lapsed before it was lifted`];
    if (fault.state === "failed") return [`fault ${fault.id} failed`];
    return [];
  });
}

function resultOf(objective: Objective, input: JudgeInput): Result {
  const judged = compare(objective, input);
  const problems = needsFault(objective) ? faultProblems(input.measures) : [];
  // A broken limit stays broken; what looks kept proves nothing when the fault was not what it should be.
  const doubted = problems.length > 0 && judged.verdict === "pass";
  const final = doubted ? { ...judged, verdict: "inconclusive" as const, why: problems.join("; ") } : judged;
  return { id: objective.id, metric: objective.metric, objective: inWords(objective), ...final };
}

function needsFault(objective: Objective): boolean {
  return !("phase" in objective) || objective.phase !== "baseline";
}

function compare(objective: Objective, input: JudgeInput): Judged {
  const { measures } = input;
  if (isActive(objective)) return compareActive(objective, measures);
  switch (objective.metric) {
    case "rto":
      return recoveryTime(measures, objective);
    case "redundancy-restored":
      return within(measures.recovery.redundant, objective.atMostMs);
    case "replication-delay":
      return within(measures.replicationDelay, objective.atMostMs);
    case "lost-writes":
      return lostWrites(measures, objective.atMost);
    case "latency-p95":
      return latency(measures, objective);
  }
}

/** Share of good probes before the fault from which on a service counts as steady. */
const STEADY_OK_RATIO_MIN = 0.99;

type RtoObjective = Extract<Objective, { metric: "rto" }>;

/** A service that already failed before the fault says nothing about recovering from it. */
function recoveryTime({ streams }: Measures, objective: RtoObjective): Judged {
  const value = outageOf(streams, objective);
  const judged = within(value, objective.atMostMs);
  const own = streams.find(
    (one) => one.kind === "service" && one.region === objective.region && one.op === objective.op,
  );
  if (!own) return judged;
  const { ok = 0, samples = 0 } = own.phases["baseline"] ?? {};
  if (samples > 0 && ok / samples >= STEADY_OK_RATIO_MIN) return judged;
  const seen = samples === 0 ? "no probe was sent" : `${ok} of ${samples} probes were good`;
  return { measured: value, verdict: "inconclusive", why: `no steady state before the fault: ${seen} in the baseline` };
}

/** The worst read-back counts. Caches that differ widen the count: each such write may be lost. */
function lostWrites({ ledger, active }: Measures, atMost: number): Judged {
  // In an active group what is absent after recovery may only be delayed.
  const counted = active ? ledger.filter((one) => one.label === "after-healing") : ledger;
  const none = (why: string): Judged => ({ measured: notMeasured(why), verdict: "inconclusive", why });
  if (counted.length === 0) return none("no write was read back");
  if (counted.some((one) => one.acknowledged === 0)) return none("no acknowledged write was there to be lost");
  const judged = within(active ? active.lostAcknowledged : lostOfPair(counted), atMost);
  const confounders = counted.flatMap((one) => Object.entries(one.confounders).filter(([, count]) => count !== 0));
  if (confounders.length === 0) return judged;
  const words = [...new Set(confounders.map(([name, count]) => `${name} ${count}`))].join(", ");
  return { ...judged, verdict: "inconclusive", why: `the count is confounded: ${words}` };
}

function lostOfPair(ledger: Measures["ledger"]): Interval {
  const lo = Math.max(...ledger.map((one) => one.lost));
  const hi = Math.max(...ledger.map((one) => one.lost + one.disagreements));
  return measured(lo, hi, "writes");
}

type LatencyObjective = Extract<Objective, { metric: "latency-p95" }>;

function latency({ streams, load }: Measures, objective: LatencyObjective): Judged {
  const none = (why: string): Judged => ({ measured: notMeasured(why), verdict: "inconclusive", why });
  const own = streams.find(
    (one) => one.kind === "service" && one.region === objective.region && one.op === objective.op,
  );
  const found = own?.phases[objective.phase];
  if (!found || found.p95Ms === null)
    return none(`no good probe of ${objective.op} in ${objective.region} during ${objective.phase}`);
  if (load && load.droppedInBaseline > 0)
    return none(`the load dropped ${load.droppedInBaseline} iterations in the baseline`);
  const value = measured(found.p95Ms, found.p95Ms);
  const failedRatio = 1 - found.ok / found.samples;
  if (failedRatio > 0.05) {
    return {
      measured: value,
      verdict: "fail",
      why: `${(failedRatio * 100).toFixed(1)} % of the probes had no good answer at all`,
    };
  }
  return within(value, objective.atMostMs);
}

function inWords(objective: Objective): string {
  if (isActive(objective)) return activeInWords(objective);
  switch (objective.metric) {
    case "rto":
      return `users of ${objective.region} can ${objective.op} again within ${formatLimit(objective.atMostMs)}`;
    case "lost-writes":
      return `at most ${objective.atMost} acknowledged writes lost`;
    case "latency-p95":
      return `p95 of ${objective.op} in ${objective.region} during ${objective.phase} at most ${formatLimit(objective.atMostMs)}`;
    case "replication-delay":
      return `replication delay at most ${formatLimit(objective.atMostMs)}`;
    case "redundancy-restored":
      return `redundancy restored within ${formatLimit(objective.atMostMs)}`;
  }
}
