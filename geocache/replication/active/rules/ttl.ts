import { observed, type Operation, type Ttl } from "../operation.ts";

/**
 * The time to live that visible operations agree on: the longest wins, and none at all (PERSIST, a SET without one)
 * beats all (rules.md §4a). undefined: no visible operation says anything about it.
 */
export function ttlOf(visible: readonly Operation[]): Ttl | undefined {
  const said = visible.filter(({ effect }) => ttlSaidBy(effect) !== undefined);
  // A SET stays visible for its value although a later EXPIRE has answered what it said of time.
  const unanswered = said.filter((one) => !said.some((other) => other !== one && observed(other, one)));
  return unanswered
    .flatMap(({ effect }) => ttlSaidBy(effect) ?? [])
    .reduce<Ttl | undefined>(
      (longest, ttl) => (longest === undefined || isLonger(ttl, longest) ? ttl : longest),
      undefined,
    );
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
