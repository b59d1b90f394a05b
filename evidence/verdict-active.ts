import type { Objective } from "../scenarios/schema.ts";
import type { Measures } from "./bundle.ts";
import { formatLimit, formatMs, formatShare } from "./format.ts";
import { measured, notMeasured } from "./measures/interval.ts";
import { reaching, within, type Judged } from "./within.ts";

const metrics = [
  "time-to-converge",
  "members-equal",
  "headroom-at-decision",
  "oom-refusals",
  "local-write-p50",
  "drill-clock",
] as const;
type ActiveObjective = Extract<Objective, { metric: (typeof metrics)[number] }>;

export function isActive(objective: Objective): objective is ActiveObjective {
  return metrics.some((metric) => metric === objective.metric);
}

/** Objectives of active groups, as strict as the others: what was not measured is never kept. */
export function compareActive(objective: ActiveObjective, measures: Measures): Judged {
  const { active } = measures;
  if (objective.metric === "local-write-p50") return localWrite(measures, objective);
  if (!active) return none("no active group was measured");
  switch (objective.metric) {
    case "time-to-converge":
      return within(active.timeToConverge, objective.atMostMs);
    case "members-equal":
      return membersEqual(active);
    case "headroom-at-decision":
      return headroom(active, objective.atLeastRatio);
    case "oom-refusals":
      return within(active.oomRefusals, objective.atMost);
    case "drill-clock":
      return within(active.drillClock, objective.atMostMs);
  }
}

export function activeInWords(objective: ActiveObjective): string {
  switch (objective.metric) {
    case "time-to-converge":
      return `all members show the same within ${formatLimit(objective.atMostMs)}`;
    case "members-equal":
      return "all members are equal, element by element, and hold what was done to them";
    case "headroom-at-decision":
      return `at least ${formatShare(objective.atLeastRatio, 1)} of the memory left at the decision`;
    case "oom-refusals":
      return `at most ${objective.atMost} writes refused for want of memory`;
    case "local-write-p50":
      return `median of write in ${objective.region} during ${objective.phase} at most ${formatLimit(objective.atMostMs)}`;
    case "drill-clock":
      return `service and redundancy restored within ${formatLimit(objective.atMostMs)} of the opening`;
  }
}

function none(why: string): Judged {
  return { measured: notMeasured(why), verdict: "inconclusive", why };
}

type Active = NonNullable<Measures["active"]>;

/** A decision after the end of the memory came too late, and the report says by how much. */
function headroom({ headroomAtDecision, forecast }: Active, atLeastRatio: number): Judged {
  const judged = reaching(headroomAtDecision, atLeastRatio);
  const decidedMs = forecast?.points.find((one) => one.label === "decision")?.atMs;
  if (judged.verdict !== "fail" || forecast?.outcome.kind !== "reached") return judged;
  const { atMs, member, by } = forecast.outcome;
  const full = `the memory of ${member ?? "a survivor"} had ended (${by})`;
  if (decidedMs === undefined) return { ...judged, why: `nobody decided before ${full}` };
  if (decidedMs <= atMs) return judged;
  return { ...judged, why: `${judged.why}: it was decided ${formatMs(decidedMs - atMs)} after ${full}` };
}

/** The last comparison counts. What shows more than was ever added is a fault of the replication, equal or not. */
function membersEqual({ comparisons, counters, sets }: Active): Judged {
  const tooHigh = counters.filter((one) => one.sum === "too-high");
  const strangers = sets.filter((one) => one.strangers > 0);
  const wrong = [
    ...tooHigh.map((one) => `${one.key} at ${one.cache} shows ${one.shown}, more than was added`),
    ...strangers.map((one) => `sets at ${one.cache} have ${one.strangers} members that nobody added`),
  ];
  const last = comparisons.at(-1);
  const count = last?.differenceCount ?? 0;
  const value = measured(count + wrong.length, count + wrong.length, "differences");
  if (wrong.length > 0) return { measured: value, verdict: "fail", why: wrong.slice(0, 3).join("; ") };
  if (!last) return none("the members were never compared");
  if (!last.equal) return { measured: value, verdict: "fail", why: differencesOf(last) };
  const empty = last.members.every((one) => one.keys === 0);
  if (empty) return none("the members were equal and empty: that shows nothing");
  const { keys, elements } = last.members[0] ?? { keys: 0, elements: 0 };
  const why = `${last.members.length} members equal: ${keys} keys, ${elements} elements each`;
  return { measured: value, verdict: "pass", why };
}

function differencesOf({ label, differenceCount, differences }: Active["comparisons"][number]): string {
  const first = differences.slice(0, 3).map(({ key, kind, shown }) => {
    const seen = Object.entries(shown).map(([member, text]) => `${member} ${text}`);
    return `${Buffer.from(key, "base64").toString("utf8")} (${kind}: ${seen.join(", ")})`;
  });
  return `${differenceCount} differences at the comparison ${label}, first: ${first.join("; ")}`;
}

type LocalWrite = Extract<ActiveObjective, { metric: "local-write-p50" }>;

/** What users waited for, whoever served them; a phase in which most writes failed has no median to boast of. */
function localWrite({ streams }: Measures, objective: LocalWrite): Judged {
  const own = streams.find((one) => one.kind === "service" && one.region === objective.region && one.op === "write");
  const found = own?.phases[objective.phase];
  if (!found || found.p50Ms === null)
    return none(`no good probe of write in ${objective.region} during ${objective.phase}`);
  const value = measured(found.p50Ms, found.p50Ms);
  if (found.ok * 2 <= found.samples)
    return { measured: value, verdict: "fail", why: `only ${found.ok} of ${found.samples} probes had a good answer` };
  return within(value, objective.atMostMs);
}
