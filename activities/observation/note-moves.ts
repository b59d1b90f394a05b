import type { Phase } from "../../evidence/events.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill } from "../drill-types.ts";
import { routingState } from "../estate/routing.ts";
import { recordEvents } from "../recording/record.ts";

/** Notes each move of users that the front door made by itself, at its own time. */
export async function noteMoves(deps: ActivityDeps, drill: Drill, phase: Phase): Promise<void> {
  const state = await routingState(deps);
  const events = (state.moves ?? []).map((move) => ({
    what: `routing-move:${move.n}`,
    type: "routing.changed" as const,
    phase,
    target: move.users,
    at: move.at,
    data: { version: state.version, move, state },
  }));
  if (events.length > 0) await recordEvents(deps, drill, events);
}
