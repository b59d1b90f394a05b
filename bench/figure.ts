/** What a figure must keep; judged on the median of its values. */
export type Goal = { readonly atMost: number } | { readonly atLeast: number };

/** One measured quantity. */
export type Figure = {
  readonly name: string;
  readonly unit: "ratio" | "kops/s" | "µs" | "ms" | "s" | "kB" | "MB" | "B/write" | "events" | "requests/s" | "count";
  /** One value per round; none when it could not be measured, and then `note` says why. */
  readonly values: readonly number[];
  readonly goal?: Goal;
  readonly note?: string;
};

export type Judgement = "met" | "missed" | "not-measured" | "no-goal";

/** No data is never a goal met. */
export function judge({ goal, values }: Figure): Judgement {
  if (!goal) return "no-goal";
  if (values.length === 0 || !values.every(Number.isFinite)) return "not-measured";
  const median = quantile(values, 0.5);
  return ("atMost" in goal ? median <= goal.atMost : median >= goal.atLeast) ? "met" : "missed";
}

/** Nearest rank, so that a quantile is a value that was measured. NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** Round by round: the ratio of two quantities that were measured beside each other. */
export function ratios(above: readonly number[], below: readonly number[]): number[] {
  return pairwise(above, below).map(([a, b]) => a / b);
}

/** Round by round: what one quantity has more than the other. */
export function differences(minuend: readonly number[], subtrahend: readonly number[]): number[] {
  return pairwise(minuend, subtrahend).map(([a, b]) => a - b);
}

function pairwise(left: readonly number[], right: readonly number[]): [number, number][] {
  return left.slice(0, right.length).map((value, round) => [value, right[round] ?? NaN]);
}
