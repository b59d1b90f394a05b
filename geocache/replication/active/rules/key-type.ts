import { compareStamps, type KeyType, type Operation } from "../operation.ts";
import { typeLeftBy } from "./scope.ts";

/**
 * What type a key has when its visible operations disagree: that of the latest one, so that every member decides alike.
 * undefined: nothing visible leaves anything.
 */
export function typeOfKey(visible: readonly Operation[]): KeyType | undefined {
  let latest: Operation | undefined;
  for (const operation of visible) {
    if (typeLeftBy(operation.effect) === undefined) continue;
    if (latest === undefined || compareStamps(latest, operation) < 0) latest = operation;
  }
  return latest === undefined ? undefined : typeLeftBy(latest.effect);
}

export function hasTypeConflict(visible: readonly Operation[]): boolean {
  const types = new Set(visible.map((operation) => typeLeftBy(operation.effect)));
  types.delete(undefined);
  return types.size > 1;
}
