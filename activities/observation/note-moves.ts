import { elapsedMs, type Stamp } from "../../base/clocks.ts";
import type { Phase } from "../../evidence/events.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill } from "../drill-types.ts";
import { routingState } from "../estate/routing.ts";
import { recordEvents } from "../recording/record.ts";

export type MovesInput = {
  readonly drill: Drill;
  readonly phase: Phase;
  /** Earlier moves were not the drill's doing. */
  readonly since: Stamp;
};

/** Notes each move of users that the front door made by itself, at its own time. */
export async function noteMoves(deps: ActivityDeps, { drill, phase, since }: MovesInput): Promise<void> {
  const state = await routingState(deps);
  const events = (state.moves ?? [])
    .filter((move) => elapsedMs(since, move.at) >= 0)
    .map((move) => ({
      what: `routing-move:${move.n}`,
      type: "routing.changed" as const,
      phase,
      target: move.users,
      at: move.at,
      data: { version: state.version, move, state },
    }));
  if (events.length > 0) await recordEvents(deps, drill, events);
}
