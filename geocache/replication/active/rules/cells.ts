import {
  compareStamps,
  sameOperation,
  type Bytes,
  type Cell,
  type CollectionType,
  type Operation,
} from "../operation.ts";
import { parseInteger, sumOfIntegers, sumOfScores } from "./numbers.ts";
import { isKeyLevel } from "./scope.ts";

/** `base`: no visible operation wrote or removed it, so what the data shows is still its foundation. */
export type CellOutcome =
  | { readonly kind: "value"; readonly value: Bytes; readonly winner: Operation }
  | { readonly kind: "absent" }
  | { readonly kind: "base" };

type CellName = { readonly type: CollectionType; readonly cell: Bytes };
type Write = { readonly operation: Operation; readonly value: Bytes };

/**
 * An observed-remove cell: an addition that no removal had seen stays; among several the latest gives the value;
 * increments that no write or removal had seen are added to it (rules.md §4a: 4.1, ZREM ∥ ZINCRBY 2 → 2.0).
 */
export function outcomeOfCell(visible: readonly Operation[], type: CollectionType, cell: Bytes): CellOutcome {
  const increments = incrementsOf(visible, type, cell);
  const winner = latest(writesOf(visible, type, cell));
  if (winner !== undefined) {
    return { kind: "value", value: increased(type, winner.value, increments), winner: winner.operation };
  }
  if (!visible.some((operation) => takesAway(operation, { type, cell }))) return { kind: "base" };
  const [first] = increments;
  if (first === undefined) return { kind: "absent" };
  return { kind: "value", value: increased(type, "0", increments), winner: first };
}

/** Every cell that visible operations of a type leave, once the key's foundation is gone. */
export function cellsLeft(visible: readonly Operation[], type: CollectionType): Cell[] {
  const names = new Set<Bytes>();
  for (const { effect } of visible) {
    if ((effect.kind === "add" || effect.kind === "increase") && effect.type === type) names.add(effect.cell);
    if (effect.kind === "state" && effect.type === type) for (const { cell } of effect.cells) names.add(cell);
  }
  return [...names].flatMap((cell) => {
    const outcome = outcomeWithoutBase(visible, type, cell);
    return outcome === undefined ? [] : [{ cell, value: outcome }];
  });
}

function outcomeWithoutBase(visible: readonly Operation[], type: CollectionType, cell: Bytes): Bytes | undefined {
  const outcome = outcomeOfCell(visible, type, cell);
  if (outcome.kind === "value") return outcome.value;
  return outcome.kind === "absent" ? undefined : increased(type, "0", incrementsOf(visible, type, cell));
}

function writesOf(visible: readonly Operation[], type: CollectionType, cell: Bytes): Write[] {
  return visible.flatMap((operation) => {
    const { effect } = operation;
    if (effect.kind === "add" && effect.type === type && effect.cell === cell) {
      return [{ operation, value: effect.value }];
    }
    if (effect.kind !== "state" || effect.type !== type || takenAwayBeside(visible, operation, { type, cell }))
      return [];
    return effect.cells.filter((held) => held.cell === cell).map(({ value }) => ({ operation, value }));
  });
}

/** What a whole state carries along is no new addition: it loses against a removal that it had not seen. */
function takenAwayBeside(visible: readonly Operation[], state: Operation, name: CellName): boolean {
  return visible.some((other) => !sameOperation(other, state) && takesAway(other, name));
}

function takesAway({ effect }: Operation, { type, cell }: CellName): boolean {
  if (effect.kind === "remove") return effect.type === type && effect.cell === cell;
  if (effect.kind === "state") return effect.type !== type || !effect.cells.some((held) => held.cell === cell);
  return isKeyLevel(effect);
}

function incrementsOf(visible: readonly Operation[], type: CollectionType, cell: Bytes): Operation[] {
  return visible
    .filter(({ effect }) => effect.kind === "increase" && effect.type === type && effect.cell === cell)
    .toSorted(compareStamps);
}

function increased(type: CollectionType, start: Bytes, increments: readonly Operation[]): Bytes {
  const amounts = increments.flatMap(({ effect }) => (effect.kind === "increase" ? [effect.by] : []));
  if (amounts.length === 0) return start;
  if (type === "zset") return sumOfScores(start, amounts);
  const number = parseInteger(start);
  return number === undefined ? start : sumOfIntegers(number, amounts);
}

function latest(writes: readonly Write[]): Write | undefined {
  return writes.reduce<Write | undefined>(
    (best, write) => (best === undefined || compareStamps(best.operation, write.operation) < 0 ? write : best),
    undefined,
  );
}
