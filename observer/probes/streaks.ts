import type { ProbeOutcome } from "../../contracts/observer.ts";

export type Streak = {
  /** Whether the last known outcome was ok; undefined before the first. */
  readonly up: boolean | undefined;
  /** When the first outcome of the unbroken row became known. */
  readonly sinceUs: number;
  readonly lastUs: number;
  readonly length: number;
  readonly lastOkUs: number | null;
};

export const noStreak: Streak = { up: undefined, sinceUs: 0, lastUs: 0, length: 0, lastOkUs: null };

/** Extends or breaks the row of equal outcomes, in the order in which outcomes become known. */
export function withOutcome(streak: Streak, outcome: ProbeOutcome, endUs: number): Streak {
  const up = outcome === "ok";
  const lastOkUs = up ? endUs : streak.lastOkUs;
  if (up !== streak.up) return { up, sinceUs: endUs, lastUs: endUs, length: 1, lastOkUs };
  return { up, sinceUs: streak.sinceUs, lastUs: Math.max(streak.lastUs, endUs), length: streak.length + 1, lastOkUs };
}

/** Whether every outcome was the wanted one from `sinceUs` to `lastUs`, and that is long enough. */
export function holds(streak: Streak, condition: "down" | "up", forMs: number): boolean {
  return streak.up === (condition === "up") && streak.lastUs - streak.sinceUs >= forMs * 1000;
}
