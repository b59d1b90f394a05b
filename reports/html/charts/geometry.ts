import { scaleLinear } from "d3-scale";

/** One horizontal scale for all rows of the timeline, so that what happened together stands together. */
export const CHART_WIDTH = 1080;
export const PLOT_LEFT = 96;
export const PLOT_RIGHT = CHART_WIDTH - 14;

export type TimeScale = { readonly x: (atMs: number) => number; readonly ticks: readonly number[] };

/** @param lengthMs length of the run; ticks are whole seconds or nice parts of them, in milliseconds. */
export function timeScale(lengthMs: number): TimeScale {
  const scale = scaleLinear()
    .domain([0, lengthMs / 1000])
    .range([PLOT_LEFT, PLOT_RIGHT]);
  return {
    x: (atMs) => scale(Math.min(Math.max(atMs, 0), lengthMs) / 1000),
    ticks: scale.ticks(10).map((second) => second * 1000),
  };
}

/** Tenths of a unit are finer than any screen and keep the page small. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Width of a text in the charts' small type; wide enough for any Latin text. */
export function textWidth(text: string): number {
  return text.length * 6.3;
}

type Spanned = { readonly from: number; readonly to: number };

/**
 * Lanes from top to bottom in which no two labels overlap and the line below a label's start crosses no label.
 * Items must be sorted by `from`.
 */
export function assignLanes(items: readonly Spanned[]): readonly number[] {
  const ends: number[] = [];
  return items.map(({ from, to }) => {
    let lane = ends.length;
    while (lane > 0 && (ends[lane - 1] ?? 0) <= from) lane -= 1;
    ends.length = Math.max(ends.length, lane + 1);
    ends[lane] = to;
    return lane;
  });
}
