import type { Progress } from "../../workflows/messages.ts";
import { formatDuration } from "../durations.ts";

const marks = { running: ">", done: "+", failed: "!", skipped: "-" } as const;

type PhaseProgress = Progress["phases"][number];

/** One line that says where a drill is now; `current` are the figures of this moment. */
export function progressLine(progress: Progress, nowMs: number, current: readonly string[]): string {
  const parts = [elapsed(progress, nowMs), progress.phase ?? "starting"];
  if (progress.faults.length > 0) parts.push(`faults: ${progress.faults.join(", ")}`);
  const numbers = Object.entries(progress.numbers).map(([name, value]) => `${name} ${formatNumber(name, value)}`);
  if (numbers.length > 0) parts.push(numbers.join(", "));
  if (current.length > 0) parts.push(current.join(", "));
  if (progress.awaiting) parts.push(approvalHint(progress));
  return parts.join("  ");
}

/** One line for a phase that was over before anyone looked. */
export function pastPhaseLine(progress: Progress, nowMs: number, past: PhaseProgress): string {
  const state = past.state === "skipped" ? "does not apply" : past.state;
  return `${elapsed(progress, nowMs)}  ${past.phase} (${state})`;
}

/** The same as a block that is redrawn in place: one line for each phase so far. */
export function progressBlock(progress: Progress, nowMs: number, current: readonly string[]): string[] {
  const phases = progress.phases.map(({ phase, state }) => {
    const running = state === "running" && phase === progress.phase && progress.phaseStartedAtMs !== null;
    const since = running ? `  ${formatDuration(nowMs - (progress.phaseStartedAtMs ?? nowMs))}` : "";
    return `  ${marks[state]} ${phase}${state === "skipped" ? " (does not apply)" : since}`;
  });
  return [...phases, progressLine(progress, nowMs, current)];
}

function elapsed(progress: Progress, nowMs: number): string {
  return `[${formatDuration(nowMs - progress.startedAtMs)}]`;
}

function approvalHint(progress: Progress): string {
  const { gate, role, who, planSha256 } = progress.awaiting ?? { gate: "start", role: "", planSha256: "" };
  const asked = who === undefined ? role : `${who}, ${role}`;
  const answer = `bin/lifeboat approve ${progress.drillId} --gate ${gate} --as ${who ?? "NAME"} --plan ${planSha256}`;
  return `waits for ${asked}: ${answer}`;
}

/** The unit is the end of a figure's name. */
function formatNumber(name: string, value: number): string {
  if (name.endsWith("Ms")) return formatDuration(value);
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}
