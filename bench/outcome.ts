import type { Conditions } from "./conditions.ts";
import { judge, quantile, type Figure, type Judgement } from "./figure.ts";

export type SummedFigure = Figure & {
  readonly median: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly judgement: Judgement;
};

/** What one benchmark came to; also the shape of `.lifeboat/bench/<name>.json`. */
export type Outcome = {
  readonly schema: "lifeboat/bench/1";
  readonly name: string;
  readonly about: string;
  readonly quick: boolean;
  readonly conditions: Conditions;
  readonly tookMs: number;
  readonly figures: readonly SummedFigure[];
  /** Why there are no figures. */
  readonly error: string | null;
};

export function sumUp(figure: Figure): SummedFigure {
  const known = figure.values.length > 0;
  const of = (share: number): number | null => (known ? quantile(figure.values, share) : null);
  return { ...figure, median: of(0.5), min: of(0), max: of(1), judgement: judge(figure) };
}

/**
 * Goals that were missed, and benchmarks that gave no figures. A comparison that this machine has not the program
 * for is named in the table but is no miss. A quick run is too short to miss anything.
 */
export function missesOf({ name, figures, error, quick }: Outcome): string[] {
  if (error !== null) return [`${name}: not measured: ${error}`];
  if (quick) return [];
  return figures
    .filter((one) => one.judgement === "missed" || (one.judgement === "not-measured" && one.note === undefined))
    .map((one) => `${name}: ${one.name}: ${one.median ?? "not measured"} ${one.unit}`);
}
