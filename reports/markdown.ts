import type { BundleView } from "../evidence/view.ts";
import { cleanView } from "./clean.ts";
import { runClock } from "./facts/clock.ts";
import { ranOn } from "./facts/environment.ts";
import { faultLabel, faultRecords } from "./facts/faults.ts";
import { headline, objectivesWorstFirst } from "./facts/headline.ts";
import { membershipChanges } from "./facts/membership.ts";
import { rejoined } from "./facts/rejoin.ts";
import { approvals, commands, deviations } from "./facts/records.ts";
import { formatCount, formatInterval, formatMs, formatOffset, formatUtc } from "../evidence/format.ts";
import { groupBlocks } from "./markdown-group.ts";
import { bullets, code, cut, ROWS_SHOWN, table, text } from "./markdown-parts.ts";

/** The report in the size of a comment on a pull request. */
export function renderMarkdown(raw: BundleView): string {
  const view = cleanView(raw);
  const blocks = [
    `# ${view.verdict.overall.toUpperCase()}: ${text(view.scenario?.title ?? `drill ${view.drillId}`)}`,
    headline(view)
      .map(([name, said]) => `- **${name}**: ${text(said)}`)
      .join("\n"),
    ...(view.verdict.why.length > 0 ? [bullets(view.verdict.why, "verdict.json")] : []),
    identity(view),
    ...objectives(view),
    ...recovery(view),
    ...phases(view),
    ...faults(view),
    ...groupBlocks(view),
    ...ledger(view),
    ...record(view),
    ...limits(view),
    `Drill ${code(view.drillId)} · manifest sha256 ${code(view.manifestSha256)} · \`lifeboat verify . --keys FILE\``,
  ];
  return `${blocks.join("\n\n")}\n`;
}

function identity(view: BundleView): string {
  const clock = runClock(view);
  return table(
    ["Run", ""],
    [
      ["Drill", code(view.drillId)],
      ["Scenario", code(view.scenario?.name ?? "unknown")],
      ["Ran on", text(ranOn(view))],
      ["Opened", formatUtc(clock.openedAt?.utc)],
      ["Ending", text(view.verdict.ending)],
      ["Plan sha256", code(view.planSha256 ?? "not recorded")],
      ...approvals(view)
        .slice(0, ROWS_SHOWN)
        .map((each) => [`Approval ${each.decision}`, `${text(each.target)} by ${code(each.by)}`]),
    ],
  );
}

function objectives(view: BundleView): readonly string[] {
  const all = objectivesWorstFirst(view);
  const rows = all
    .slice(0, ROWS_SHOWN)
    .map((each) => [
      `**${each.verdict.toUpperCase()}**`,
      code(each.id),
      text(each.objective),
      text(formatInterval(each.measured)),
      text(each.why),
    ]);
  return [
    "## Objectives",
    rows.length === 0 ? "None was judged." : table(["Verdict", "Objective", "Demanded", "Measured", "Why"], rows),
    ...cut(all.length, "verdict.json"),
  ];
}

function recovery(view: BundleView): readonly string[] {
  const rows = Object.entries(view.measures.recovery).map(([part, interval]) => [part, text(formatInterval(interval))]);
  return ["## Recovery", table(["Part", "Measured"], rows)];
}

function phases(view: BundleView): readonly string[] {
  const clock = runClock(view);
  const rows = view.measures.phases.map((span) => [
    span.phase,
    span.state,
    formatOffset(clock.offsetMs(span.startedAt)),
    formatMs(span.durationMs),
    text(span.why ?? ""),
  ]);
  return [
    "## Phases",
    rows.length === 0 ? "None was recorded." : table(["Phase", "State", "Started", "Took", "Why"], rows),
  ];
}

function faults(view: BundleView): readonly string[] {
  const clock = runClock(view);
  const all = faultRecords(view);
  const rows = all
    .slice(0, ROWS_SHOWN)
    .map((each) => [
      code(each.id),
      text(faultLabel(each.fault)),
      each.state,
      formatOffset(clock.offsetMs(each.active?.notBefore)),
      formatOffset(clock.offsetMs(each.lifted?.notAfter)),
    ]);
  return [
    "## Faults",
    rows.length === 0 ? "None was injected." : table(["Id", "Fault", "State", "Active from", "Gone by"], rows),
    ...cut(all.length, "events.jsonl"),
  ];
}

function ledger(view: BundleView): readonly string[] {
  const rows = view.measures.ledger.map((each) => [
    each.label,
    formatCount(each.acknowledged),
    formatCount(each.kept),
    `**${formatCount(each.lost)}**`,
    `${formatCount(each.unknownPresent)} / ${formatCount(each.unknownAbsent)}`,
    text(formatInterval(each.lossWindow)),
  ]);
  if (rows.length === 0) return ["## Data loss", "Not measured: no write was read back."];
  const ranges = view.measures.ledger.at(-1)?.lostRanges ?? [];
  const lost = ranges.slice(0, ROWS_SHOWN).map((range) => `- ${code(range.writer)} ${range.fromSeq}–${range.toSeq}`);
  const head = ["Read back", "Acknowledged", "Kept", "Lost", "Unknown present / absent", "Loss window"];
  return [
    "## Data loss",
    table(head, rows),
    ...(lost.length > 0 ? [lost.join("\n"), ...cut(ranges.length, "measures.json")] : []),
    ...rejoined(view).map(text),
  ];
}

function record(view: BundleView): readonly string[] {
  const wrong = deviations(view).map((each) => `${each.what}${each.detail === "" ? "" : `: ${each.detail}`}`);
  const asked = commands(view);
  const failed = asked.filter((command) => command.outcome === "failed").length;
  const counts = `Replication changes: ${membershipChanges(view).length}. Commands: ${asked.length}, of which ${failed} failed.`;
  return ["## What was done", counts, "## Deviations", wrong.length === 0 ? "None." : bullets(wrong, "events.jsonl")];
}

function limits(view: BundleView): readonly string[] {
  const { notShown, rules, timingProfile } = view.limits;
  const observed = rules.filter((rule) => rule.how === "observed").length;
  const counts = `Timing profile ${code(timingProfile)}; of ${rules.length} rules of the service ${observed} were observed and ${rules.length - observed} modelled.`;
  return [
    "## What this run does not show",
    notShown.length === 0 ? "Nothing was listed." : bullets(notShown, "limits.json"),
    counts,
  ];
}
