import { routingMoveSchema, type RoutingMove } from "../../../contracts/routing.ts";
import type { BundleView } from "../../../evidence/view.ts";

/** Each time the front door took another region for users, and why; once, however often it was recorded. */
export function userMoves(view: BundleView): readonly RoutingMove[] {
  const found = new Map<number, RoutingMove>();
  for (const { type, data } of view.events) {
    const move = type === "routing.changed" ? routingMoveSchema.safeParse(data["move"]) : undefined;
    if (move?.success) found.set(move.data.n, move.data);
  }
  return [...found.values()].toSorted((one, other) => one.n - other.n);
}
