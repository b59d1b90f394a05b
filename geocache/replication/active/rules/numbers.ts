import type { Bytes } from "../operation.ts";

const LARGEST = 2n ** 63n - 1n;
const SMALLEST = -(2n ** 63n);

/** Redis's idea of an integer: decimal, no sign but minus, no leading zero, 64 bits. */
export function parseInteger(value: Bytes): bigint | undefined {
  if (!/^(0|-?[1-9]\d{0,18})$/.test(value)) return undefined;
  const number = BigInt(value);
  return number >= SMALLEST && number <= LARGEST ? number : undefined;
}

/** Whether a sum stands where it was stopped: what was added after that depends on the order. */
export function isAtBound(value: Bytes): boolean {
  return value === String(LARGEST) || value === String(SMALLEST);
}

/** The sum, held at the bounds of 64 bits: every member stops at the same value. */
export function sumOfIntegers(start: bigint, increments: readonly Bytes[]): Bytes {
  const sum = increments.reduce((total, increment) => total + BigInt(increment), start);
  return String(sum > LARGEST ? LARGEST : sum < SMALLEST ? SMALLEST : sum);
}

/** Doubles added in the order given: the order is the caller's promise that every member adds alike. */
export function sumOfScores(start: Bytes, increments: readonly Bytes[]): Bytes {
  return scoreText(increments.reduce((total, increment) => total + parseScore(increment), parseScore(start)));
}

/** Redis writes scores with 17 significant digits; JavaScript's shortest text reads back as the same double. */
function scoreText(score: number): Bytes {
  if (score === Infinity) return "inf";
  return score === -Infinity ? "-inf" : String(score);
}

function parseScore(text: Bytes): number {
  const plain = text.toLowerCase();
  if (plain === "inf" || plain === "+inf" || plain === "infinity") return Infinity;
  return plain === "-inf" || plain === "-infinity" ? -Infinity : Number(text);
}
