import { line } from "d3-shape";
import type { Thinned } from "./buckets.ts";
import { html, type Markup } from "../markup.ts";
import { PLOT_LEFT, PLOT_RIGHT, px, type TimeScale } from "./geometry.ts";

type Point = { readonly x: number; readonly y: number | null };

/** Points of a path; a gap in time or value is a gap in the line. */
export function path(points: readonly Point[]): string {
  const draw = line<Point>()
    .defined((point) => point.y !== null)
    .x((point) => tenths(point.x))
    .y((point) => tenths(point.y ?? 0));
  return draw(points) ?? "";
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

type Timed = { readonly atMs: number };

/** A point in the middle of each bucket; where buckets are missing, the line is interrupted. */
export function withGaps<T extends Timed>(
  series: Thinned<T>,
  y: (bucket: T) => number | null,
  time: TimeScale,
): readonly Point[] {
  const points: Point[] = [];
  let previous: number | null = null;
  for (const bucket of series.buckets) {
    const x = time.x(bucket.atMs + series.bucketMs / 2);
    if (previous !== null && bucket.atMs - previous > series.bucketMs * 1.5) points.push({ x, y: null });
    points.push({ x, y: y(bucket) });
    previous = bucket.atMs;
  }
  return points;
}

/** A line across the plot at each tick, with its label at the left. */
export function grid(ticks: readonly number[], y: (value: number) => number, label: (tick: number) => string): Markup {
  return ticks.map(
    (tick) =>
      html`<line class="grid" x1=${PLOT_LEFT} x2=${PLOT_RIGHT} y1=${px(y(tick))} y2=${px(y(tick))} />
        <text class="tick" x=${PLOT_LEFT - 8} y=${px(y(tick) + 4)} text-anchor="end">${label(tick)}</text>`,
  );
}
