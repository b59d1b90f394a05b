import type { Interval, Verdict, VerdictFile } from "../evidence/bundle.ts";
import type { BundleView } from "../evidence/view.ts";
import { cleanView } from "./clean.ts";
import { runClock } from "./facts/clock.ts";
import { formatInterval } from "../evidence/format.ts";

type ObjectiveResult = VerdictFile["objectives"][number];

/**
 * One testcase per objective; fail → failure, inconclusive → error (never skipped: an unproven objective must not
 * look harmless). `time` is the upper bound in seconds where time was measured. Format as in testmoapp/junitxml.
 */
export function renderJunit(raw: BundleView): string {
  const view = cleanView(raw);
  const cases = testcases(view);
  const suite = view.scenario?.name ?? "unknown-scenario";
  const counts = attributes({
    tests: String(cases.length),
    failures: String(cases.filter((objective) => objective.verdict === "fail").length),
    errors: String(cases.filter((objective) => objective.verdict === "inconclusive").length),
  });
  const time = seconds(runClock(view).lengthMs);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: "lifeboat" })}${counts}${attributes({ time })}>`,
    `  <testsuite${attributes({ name: suite })}${counts}${attributes({ skipped: "0", time, timestamp: timestampOf(view) })}>`,
    "    <properties>",
    ...properties(view).map(([name, value]) => `      <property${attributes({ name, value })}/>`),
    "    </properties>",
    ...cases.flatMap((objective) => testcase(suite, objective)),
    "  </testsuite>",
    "</testsuites>",
  ];
  return `${lines.join("\n")}\n`;
}

/** The objectives, and the run itself where its verdict is worse than all of theirs (or there are none). */
function testcases(view: BundleView): readonly ObjectiveResult[] {
  const { objectives, overall, why, ending } = view.verdict;
  const severity: readonly Verdict[] = ["pass", "inconclusive", "fail"];
  const worst = objectives.reduce((most, { verdict }) => Math.max(most, severity.indexOf(verdict)), -1);
  if (severity.indexOf(overall) <= worst) return objectives;
  const reason = why.join(" ") || `the run ended as ${ending}`;
  const measured: Interval = { kind: "not-measured", why: `the run ended as ${ending}` };
  return [
    ...objectives,
    { id: "run", metric: "run", objective: "a completed run", measured, verdict: overall, why: reason },
  ];
}

function testcase(classname: string, objective: ObjectiveResult): readonly string[] {
  const { id, measured, verdict, why } = objective;
  const time = measured.kind === "measured" && measured.unit === "ms" ? seconds(measured.hi) : "0.000";
  const said = `${objective.metric}: objective ${objective.objective}, measured ${formatInterval(measured)}. ${why}`;
  const outcome = { pass: null, fail: "failure", inconclusive: "error" }[verdict];
  return [
    `    <testcase${attributes({ classname, name: id, time })}>`,
    ...(outcome === null
      ? []
      : [`      <${outcome}${attributes({ type: verdict, message: why })}>${escapeXml(said)}</${outcome}>`]),
    `      <system-out>${escapeXml(said)}</system-out>`,
    "    </testcase>",
  ];
}

function properties(view: BundleView): readonly (readonly [string, string])[] {
  return [
    ["drill.id", view.drillId],
    ["drill.overall", view.verdict.overall],
    ["drill.ending", view.verdict.ending],
    ["plan.sha256", view.planSha256 ?? "not recorded"],
    ["manifest.sha256", view.manifestSha256],
    ...view.verdict.objectives.flatMap(({ id, measured }) => boundsOf(`objective.${id}`, measured)),
    ...groupProperties(view),
  ];
}

/** Of an active group also what no objective asks for. */
function groupProperties({ measures: { active } }: BundleView): readonly (readonly [string, string])[] {
  if (!active) return [];
  return [
    ...boundsOf("group.headroom-at-decision", active.headroomAtDecision),
    ...boundsOf("group.time-to-converge", active.timeToConverge),
    ...boundsOf("group.drill-clock", active.drillClock),
    ...boundsOf("group.lost-acknowledged", active.lostAcknowledged),
    ...boundsOf("group.oom-refusals", active.oomRefusals),
  ];
}

function boundsOf(name: string, measured: Interval): readonly (readonly [string, string])[] {
  if (measured.kind === "not-measured") return [[`${name}.not-measured`, measured.why]];
  const { lo, hi, unit } = measured;
  return [
    [`${name}.lo`, String(lo)],
    [`${name}.hi`, String(hi)],
    [`${name}.unit`, unit],
  ];
}

/** UTC without zone or fraction: the strict schema of Jenkins takes nothing else. */
function timestampOf(view: BundleView): string {
  return (runClock(view).openedAt?.utc ?? "1970-01-01T00:00:00").slice(0, 19);
}

function seconds(durationMs: number): string {
  return Number.isFinite(durationMs) ? (durationMs / 1000).toFixed(3) : "0.000";
}

function attributes(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs)
    .map(([name, value]) => ` ${name}="${escapeXml(value)}"`)
    .join("");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\n": "&#10;",
  "\t": "&#9;",
};

function escapeXml(text: string): string {
  return text.replace(/[&<>"'\n\t]/g, (character) => entities[character] ?? "");
}
