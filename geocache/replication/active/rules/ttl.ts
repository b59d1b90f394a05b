import { compareStamps, observed, type Operation, type Ttl } from "../operation.ts";

/**
 * The time to live that visible operations agree on: the longest wins, and none at all (PERSIST, a SET without one)
 * beats all (rules.md §4a). undefined: no visible operation says anything about it.
 */
export function ttlOf(visible: readonly Operation[]): Ttl | undefined {
  const longest = longestTtl(visible);
  return longest === undefined ? undefined : ttlSaidBy(longest.effect);
}

/** The operation that said so; of several that said the same, the first in their total order. */
export function longestTtl(visible: readonly Operation[]): Operation | undefined {
  const said = visible.filter(({ effect }) => ttlSaidBy(effect) !== undefined);
  // A SET stays visible for its value although a later EXPIRE has answered what it said of time.
  const unanswered = said.filter((one) => !said.some((other) => other !== one && observed(other, one)));
  return unanswered.reduce<Operation | undefined>(
    (longest, one) => (longest === undefined || saysLonger(one, longest) ? one : longest),
    undefined,
  );
}

function saysLonger(one: Operation, other: Operation): boolean {
  const [a, b] = [ttlSaidBy(one.effect), ttlSaidBy(other.effect)];
  if (a === undefined || b === undefined) return false;
  if (isLonger(a, b) || isLonger(b, a)) return isLonger(a, b);
  return compareStamps(one, other) < 0;
}

function ttlSaidBy(effect: Operation["effect"]): Ttl | undefined {
  if (effect.kind === "expire") return { kind: "at", atMs: effect.atMs };
  if (effect.kind === "persist") return { kind: "none" };
  if (effect.kind !== "set" && effect.kind !== "state") return undefined;
  return effect.ttl.kind === "keep" ? undefined : effect.ttl;
}

function isLonger(a: Ttl, b: Ttl): boolean {
  if (b.kind === "none") return false;
  if (a.kind === "none") return true;
  return a.kind === "at" && b.kind === "at" && a.atMs > b.atMs;
}
