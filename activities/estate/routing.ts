import { isDeepStrictEqual } from "node:util";
import { routingStateSchema, type RoutingState, type RoutingTable } from "../../contracts/routing.ts";
import { drainAnswerSchema, type DrainAnswer } from "../../contracts/front-door.ts";
import type { ActivityDeps } from "../deps.ts";

export async function routingState(deps: ActivityDeps): Promise<RoutingState> {
  return deps.routing.call({ method: "GET", path: "/routing", answer: routingStateSchema });
}

/** Switches to a table with the next version. A table that is in force already stays as it is. */
export async function reroute(deps: ActivityDeps, fencingToken: number, table: RoutingTable): Promise<RoutingState> {
  const current = await routingState(deps);
  if (isDeepStrictEqual(current.table, table)) return current;
  return deps.routing.call({
    method: "PUT",
    path: "/routing",
    body: { version: current.version + 1, fencingToken, table },
    answer: routingStateSchema,
  });
}

/** While drained, the front door refuses writes and lets reads pass. */
export async function drain(deps: ActivityDeps, fencingToken: number, draining: boolean): Promise<DrainAnswer> {
  return deps.routing.call({
    method: "PUT",
    path: "/drain",
    body: { draining, fencingToken },
    answer: drainAnswerSchema,
  });
}
