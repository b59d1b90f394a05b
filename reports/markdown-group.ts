import type { MemberMemory } from "../evidence/active-bundle.ts";
import { formatBytes, formatCount, formatInterval, formatMs, formatOffset, formatShare } from "../evidence/format.ts";
import type { BundleView } from "../evidence/view.ts";
import { runClock } from "./facts/clock.ts";
import { conflictCounts } from "./facts/group/conflicts.ts";
import { decisionFacts } from "./facts/group/decision.ts";
import { isGroupDrill } from "./facts/group/is-group-drill.ts";
import { blastRadius, seenChanges } from "./facts/group/members.ts";
import { userMoves } from "./facts/group/moves.ts";
import { code, cut, ROWS_SHOWN, table, text } from "./markdown-parts.ts";

/** What a comment says of an active group; nothing of any other drill. */
export function groupBlocks(view: BundleView): readonly string[] {
  if (!isGroupDrill(view)) return [];
  return [...members(view), ...decision(view), ...memory(view), ...replication(view), ...origins(view)];
}

function members(view: BundleView): readonly string[] {
  const radius = blastRadius(view).map((row) => [code(row.cache), code(row.region), code(row.resourceGroup)]);
  const seen = seenChanges(view).flatMap(({ change, members: rows }) =>
    rows.map((row) => [text(change), code(row.cache), text(row.before), text(row.after)]),
  );
  const clock = runClock(view);
  const moves = userMoves(view).map(
    (move) =>
      `- ${formatOffset(clock.offsetMs(move.at))} users of ${code(move.users)}: ${code(move.from)} → ${code(move.to)} (${text(move.reason)})`,
  );
  return [
    "## Members",
    radius.length === 0 ? "Not known." : table(["Member", "Region", "Resource group"], radius),
    ...limited(["Change", "Member", "Before", "After"], seen, "events.jsonl"),
    ...(moves.length > 0 ? [moves.slice(0, ROWS_SHOWN).join("\n"), ...cut(moves.length, "events.jsonl")] : []),
  ];
}

function decision(view: BundleView): readonly string[] {
  const facts = decisionFacts(view, runClock(view)).map(([name, said]) => `- **${name}**: ${text(said)}`);
  return ["## Decision", facts.length === 0 ? "Nobody had to decide anything." : facts.join("\n")];
}

function memory({ measures }: BundleView): readonly string[] {
  const rows = (measures.active?.memory ?? []).map((member) => [
    code(member.member),
    bytesAt(member, "beforeFault"),
    bytesAt(member, "atDecision"),
    bytesAt(member, "atPeak"),
    bytesAt(member, "afterRelease"),
    shareOf(member),
  ]);
  const head = ["Member", "Before", "At the decision", "Largest", "After the release", "Largest of maxmemory"];
  return [
    "## Memory (used / RSS)",
    rows.length === 0 ? "Not measured." : table(head, rows),
    ...forecasts(measures.active?.forecast ?? null),
  ];
}

function bytesAt(member: MemberMemory, moment: "beforeFault" | "atDecision" | "atPeak" | "afterRelease"): string {
  const at = member[moment];
  return at === null ? "–" : `${formatBytes(at.usedBytes)} / ${formatBytes(at.rssBytes)}`;
}

function shareOf({ atPeak }: MemberMemory): string {
  return atPeak === null || atPeak.maxBytes === 0 ? "–" : formatShare(atPeak.usedBytes, atPeak.maxBytes);
}

function forecasts(found: NonNullable<BundleView["measures"]["active"]>["forecast"]): readonly string[] {
  const rows = (found?.points ?? []).map((point) => [
    point.label,
    formatOffset(point.atMs),
    ofMinutes(point.minutesToOom),
    ofMinutes(point.actualMinutes),
    ofMinutes(point.errorMinutes),
  ]);
  return limited(["Forecast", "At", "Time to OOM", "Came true after", "Error"], rows, "measures.json");
}

function ofMinutes(minutes: number | null): string {
  return formatMs(minutes === null ? null : minutes * 60_000);
}

function replication(view: BundleView): readonly string[] {
  const { active } = view.measures;
  const lag = (active?.lag ?? []).map((row) => [
    code(row.member),
    code(row.peer),
    formatCount(row.maxOperations),
    formatBytes(row.maxBytes),
    formatMs(row.maxMs),
  ]);
  const last = active?.comparisons.at(-1);
  const outcome = last === undefined ? "never compared" : last.equal ? "equal" : `${last.differenceCount} differences`;
  const conflicts = conflictCounts(view).map(({ member, count }) => `${code(member)} ${formatCount(count)}`);
  return [
    "## Replication",
    [
      `- **Members**: ${outcome}`,
      `- **Time to converge**: ${text(active ? formatInterval(active.timeToConverge) : "not measured")}`,
      `- **Drill clock**: ${text(active ? formatInterval(active.drillClock) : "not measured")}`,
      `- **Conflicts**: ${conflicts.length === 0 ? "not counted" : conflicts.join(", ")}`,
    ].join("\n"),
    ...limited(["At", "For", "Most operations", "Most bytes", "Oldest"], lag, "measures.json"),
  ];
}

function origins({ measures }: BundleView): readonly string[] {
  const { active } = measures;
  if (!active || active.origins.length === 0) return [];
  const rows = active.origins.map((row) => [
    code(row.region),
    formatCount(row.acknowledged),
    formatCount(row.delayed),
    `**${formatCount(row.lost)}**`,
    formatCount(row.lostUnsent),
    formatCount(row.oomRefused),
  ]);
  return [
    "## Writes by origin region",
    table(["Region", "Acknowledged", "Delayed", "Lost", "Of these unsent", "OOM"], rows),
  ];
}

function limited(head: readonly string[], rows: readonly (readonly string[])[], allIn: string): readonly string[] {
  return rows.length === 0 ? [] : [table(head, rows.slice(0, ROWS_SHOWN)), ...cut(rows.length, allIn)];
}
