import { compareStamps, observed, type Bytes, type Effect, type Operation } from "../operation.ts";
import { typeOfKey } from "./key-type.ts";
import { isTtlOnly, typeLeftBy, typeWrittenTo } from "./scope.ts";
import { longestTtl } from "./ttl.ts";

/** A client's write that a rule overrode; docs/active-semantics.md says which are listed and which are not. */
export type LostWrite = {
  readonly rule: "latest-write" | "latest-value" | "latest-type" | "update-survives-removal" | "longest-ttl";
  /** Field, member or entry id; null when the whole key was at stake. */
  readonly cell: Bytes | null;
  readonly winner: Operation;
  readonly loser: Operation;
  /** null when it was a removal. */
  readonly lostValue: Bytes | null;
};

/**
 * Who loses by the arrival of an operation, given the visible ones before it. Over all arrivals each operation loses by
 * one rule at most once, whatever the order: it is compared with the best of the others alone.
 */
export function lostBy(before: readonly Operation[], operation: Operation): LostWrite[] {
  const concurrent = before.filter((one) => !observed(operation, one));
  if (concurrent.length === 0) return [];
  if (isTtlOnly(operation.effect)) return lostTtl(concurrent, operation);
  const ofType = lostType(before, concurrent, operation);
  if (ofType.length > 0) return ofType;
  return [...lostWrite(concurrent, operation), ...lostValue(concurrent, operation), ...lostRemovals(before, operation)];
}

function lostTtl(concurrent: readonly Operation[], operation: Operation): LostWrite[] {
  const best = longestTtl(concurrent.filter(({ effect }) => isTtlOnly(effect)));
  const winner = best === undefined ? undefined : longestTtl([best, operation]);
  if (best === undefined || winner === undefined || timeText(best.effect) === timeText(operation.effect)) return [];
  return [lost("longest-ttl", winner, winner === best ? operation : best)];
}

function lostType(before: readonly Operation[], concurrent: readonly Operation[], operation: Operation): LostWrite[] {
  const [type, written] = [typeOfKey(before), typeLeftBy(operation.effect)];
  if (type === undefined || written === undefined || type === written) return [];
  const other = latest(concurrent.filter(({ effect }) => typeLeftBy(effect) === type));
  return other === undefined ? [] : [between("latest-type", other, operation)];
}

/** SET and DEL of a whole string. */
function lostWrite(concurrent: readonly Operation[], operation: Operation): LostWrite[] {
  const other = latest(concurrent.filter(({ effect }) => isWholeWrite(effect)));
  if (other === undefined || !isWholeWrite(operation.effect)) return [];
  return valueOf(other.effect) === valueOf(operation.effect) ? [] : [between("latest-write", other, operation)];
}

function lostValue(concurrent: readonly Operation[], operation: Operation): LostWrite[] {
  const { effect } = operation;
  if (effect.kind !== "add") return [];
  const other = latest(concurrent.filter((one) => isSameCell(one.effect, effect) && one.effect.kind === "add"));
  if (other === undefined || valueOf(other.effect) === effect.value) return [];
  return [{ ...between("latest-value", other, operation), cell: effect.cell }];
}

/** A removal loses once, against the first update that survives it. */
function lostRemovals(before: readonly Operation[], operation: Operation): LostWrite[] {
  const survives = (update: Operation, removal: Operation): boolean =>
    !observed(removal, update) && !observed(update, removal) && isSurvivor(update.effect, removal.effect);
  const winner = latest(before.filter((one) => survives(one, operation)));
  if (winner !== undefined) return [lost("update-survives-removal", winner, operation)];
  return before
    .filter((removal) => survives(operation, removal) && !before.some((other) => survives(other, removal)))
    .map((removal) => lost("update-survives-removal", operation, removal));
}

function isSurvivor(update: Effect, removal: Effect): boolean {
  if (removal.kind === "remove") return isUpdateOfPart(update) && isSameCell(update, removal);
  return removal.kind === "del" && removal.cause === "client" && isUpdateOfPart(update);
}

function isUpdateOfPart({ kind }: Effect): boolean {
  return kind === "add" || kind === "increase" || kind === "push" || kind === "incr";
}

function isWholeWrite(effect: Effect): boolean {
  return effect.kind === "set" || (effect.kind === "del" && effect.cause === "client");
}

function isSameCell(a: Effect, b: Effect): boolean {
  return "cell" in a && "cell" in b && a.cell === b.cell && typeWrittenTo(a) === typeWrittenTo(b);
}

function latest(operations: readonly Operation[]): Operation | undefined {
  return operations.toSorted(compareStamps).at(-1);
}

function between(rule: LostWrite["rule"], a: Operation, b: Operation): LostWrite {
  return compareStamps(a, b) < 0 ? lost(rule, b, a) : lost(rule, a, b);
}

function lost(rule: LostWrite["rule"], winner: Operation, loser: Operation): LostWrite {
  const cell = "cell" in loser.effect ? loser.effect.cell : null;
  return { rule, cell, winner, loser, lostValue: valueOf(loser.effect) };
}

function valueOf(effect: Effect): Bytes | null {
  if ("value" in effect) return effect.value;
  if ("by" in effect) return effect.by;
  return effect.kind === "expire" ? String(effect.atMs) : null;
}

function timeText(effect: Effect): string {
  return effect.kind === "expire" ? String(effect.atMs) : effect.kind;
}
