import { comparisonSchema, type Comparison } from "../../contracts/groups.ts";
import type { Phase } from "../../evidence/events.ts";
import type { Place } from "../../scenarios/pair.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill } from "../drill-types.ts";
import { recordEvents } from "../recording/record.ts";
import { followMarkers } from "./group-markers.ts";

export type CompareInput = {
  readonly drill: Drill;
  readonly nickname: string;
  readonly members: readonly Place[];
  /** Unique within the drill. */
  readonly label: string;
  readonly phase: Phase;
  readonly timeoutMs: number;
};

const ONE_TIMEOUT_MS = 120_000;

/**
 * Compares all members element by element until they are equal or the time is over; each comparison is an event. What
 * was under way when the writers ended has arrived before the first one. Answers whether they were equal in the end.
 */
export async function compareMembers(deps: ActivityDeps, input: CompareInput, signal: AbortSignal): Promise<boolean> {
  const { drill, label, phase, timeoutMs } = input;
  const untilMs = performance.now() + timeoutMs;
  await followMarkers(deps, input.members, { timeoutMs, signal });
  for (let n = 1; ; n += 1) {
    const comparison = await compareOnce(deps, input.nickname);
    await recordEvents(deps, drill, [
      {
        what: `comparison:${label}:${n}`,
        type: "comparison.done",
        phase,
        target: input.nickname,
        at: comparison.endedAt,
        data: { comparison, label },
      },
    ]);
    if (comparison.equal || performance.now() >= untilMs) return comparison.equal;
    signal.throwIfAborted();
  }
}

async function compareOnce(deps: ActivityDeps, nickname: string): Promise<Comparison> {
  return deps.lab.call({
    method: "POST",
    path: `/lab/groups/${encodeURIComponent(nickname)}/compare`,
    body: { timeoutMs: ONE_TIMEOUT_MS },
    answer: comparisonSchema,
    timeoutMs: ONE_TIMEOUT_MS + 5000,
  });
}
