import { elapsedMs, stamp, type Stamp } from "../../base/clocks.ts";
import { waitFor } from "../../base/waits.ts";
import { signalsAnswerSchema } from "../../contracts/signals.ts";
import { groupView, viewsWithout } from "../clients/group-view.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill } from "../drill-types.ts";
import { recordEvents } from "../recording/record.ts";

export type MemberLostInput = {
  readonly drill: Drill;
  readonly nickname: string;
  readonly lost: string;
  readonly forMs: number;
  readonly timeoutMs: number;
};

/**
 * Raises the alarm when no other member has heard of this one for `forMs`. Users may have been re-routed long before:
 * they need no alarm, the group does, because it piles up what the lost member misses (A22). @throws TIMED_OUT
 */
export async function awaitMemberLost(deps: ActivityDeps, input: MemberLostInput, signal: AbortSignal): Promise<void> {
  const { nickname, lost, forMs, timeoutMs } = input;
  let since: Stamp | null = null;
  const at = await waitFor(
    async () => {
      const now = stamp();
      const others = viewsWithout(await groupView(deps, nickname), [lost]);
      const deaf = others.length > 0 && others.every(({ peers }) => !hears(peers, lost));
      since = deaf ? (since ?? now) : null;
      return since !== null && elapsedMs(since, now) >= forMs && now;
    },
    { what: `no member to hear of ${lost}`, timeoutMs, signal },
  );
  const data = { stream: `group.${nickname}.${lost}`, since };
  await recordEvents(deps, input.drill, [
    { what: "alarm", type: "alarm.raised", phase: "detect", target: lost, at, data },
  ]);
}

function hears(peers: readonly { readonly member: string; readonly state: string }[], lost: string): boolean {
  return peers.some(({ member, state }) => member === lost && state === "connected");
}

export type HeadroomInput = { readonly drill: Drill; readonly belowRatio: number; readonly withinMs: number };
export type Headroom = {
  /** Whether the tightest survivor had less than asked for. */
  readonly held: boolean;
  readonly headroomRatio: number | null;
  readonly minutesToOom: number | null;
};

/** Asks the observer for the headroom of the tightest member and its forecast; waits for little headroom at most so long. */
export async function watchHeadroom(deps: ActivityDeps, input: HeadroomInput): Promise<Headroom> {
  const { held, forecast } = await deps.observer.call({
    method: "POST",
    path: `/signals/${input.drill.drillId}/await`,
    body: { headroomBelowRatio: input.belowRatio, timeoutMs: input.withinMs },
    answer: signalsAnswerSchema,
    timeoutMs: input.withinMs + 5000,
  });
  return { held, headroomRatio: forecast.headroom?.ratio ?? null, minutesToOom: forecast.oom?.minutes ?? null };
}
