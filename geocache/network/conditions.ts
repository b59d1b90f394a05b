import type { Condition, LinkSpec } from "../../contracts/network.ts";

/** What one direction of a link does to bytes. */
export type DirectionEffect = {
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** Infinity when nothing limits it. */
  readonly bytesPerSecond: number;
  /** Nothing passes and nothing is dropped. */
  readonly held: boolean;
};

export type LinkEffect = {
  readonly forward: DirectionEffect;
  readonly backward: DirectionEffect;
  /** Open connections are reset, and so is every new one. */
  readonly reset: boolean;
  /** Ids of the conditions in force. */
  readonly conditions: readonly string[];
};

export type LinkPlace = Pick<LinkSpec, "from" | "to" | "path" | "baseLatencyMs">;
type Match = { readonly forward: boolean; readonly backward: boolean };

/**
 * What all conditions together do to a link: latency and jitter add to its base and to each other, the narrowest
 * bandwidth holds. Partition and reset have no direction; loss silences only the matched one.
 */
export function effectOn(link: LinkPlace, conditions: Iterable<Condition>): LinkEffect {
  let forward: DirectionEffect = { latencyMs: link.baseLatencyMs, jitterMs: 0, bytesPerSecond: Infinity, held: false };
  let backward = forward;
  let reset = false;
  const inForce: string[] = [];
  for (const condition of conditions) {
    const match = matchOf(link, condition);
    if (!match.forward && !match.backward) continue;
    inForce.push(condition.id);
    reset ||= condition.effect.kind === "reset";
    const both = condition.effect.kind === "partition";
    if (match.forward || both) forward = combined(forward, condition);
    if (match.backward || both) backward = combined(backward, condition);
  }
  return { forward, backward, reset, conditions: inForce };
}

function matchOf(link: LinkPlace, condition: Condition): Match {
  const chosen = condition.selectors.filter((one) => one.path === "all" || one.path === link.path);
  return {
    forward: chosen.some((one) => isPlace(one.from, link.from) && isPlace(one.to, link.to)),
    backward: chosen.some((one) => isPlace(one.from, link.to) && isPlace(one.to, link.from)),
  };
}

function isPlace(wanted: string, place: string): boolean {
  return wanted === "*" || wanted === place;
}

function combined(direction: DirectionEffect, { effect }: Condition): DirectionEffect {
  switch (effect.kind) {
    case "latency":
      return {
        ...direction,
        latencyMs: direction.latencyMs + effect.latencyMs,
        jitterMs: direction.jitterMs + effect.jitterMs,
      };
    case "bandwidth":
      return { ...direction, bytesPerSecond: Math.min(direction.bytesPerSecond, effect.bytesPerSecond) };
    case "partition":
    case "loss":
      return { ...direction, held: true };
    case "reset":
      return direction;
  }
}
