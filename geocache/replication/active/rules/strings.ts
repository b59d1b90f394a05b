import { compareStamps, type Bytes, type Operation } from "../operation.ts";
import { parseInteger, sumOfIntegers } from "./numbers.ts";

/**
 * What a string shows once its foundation is gone: the latest of the visible SETs and DELs, plus the increments that
 * none of them had seen. undefined: no such key.
 */
export function stringLeft(visible: readonly Operation[]): Bytes | undefined {
  const winner = latestWrite(visible);
  const increments = visible.flatMap(({ effect }) => (effect.kind === "incr" ? [effect.by] : []));
  const start = winner?.effect.kind === "set" ? winner.effect.value : undefined;
  if (increments.length === 0) return start;
  const number = start === undefined ? 0n : parseInteger(start);
  return number === undefined ? start : sumOfIntegers(number, increments);
}

function latestWrite(visible: readonly Operation[]): Operation | undefined {
  let latest: Operation | undefined;
  for (const operation of visible) {
    if (!isWrite(operation)) continue;
    if (latest === undefined || compareStamps(latest, operation) < 0) latest = operation;
  }
  return latest;
}

/** Expiry and eviction are no writes: they remove what they had seen and win against nothing. */
function isWrite({ effect }: Operation): boolean {
  return effect.kind === "set" || (effect.kind === "del" && effect.cause === "client");
}
