import { scaleLinear, scaleLog } from "d3-scale";
import { line } from "d3-shape";
import type { StreamSeries, WriteSeries } from "../../../evidence/view.ts";
import { html, type Markup } from "../markup.ts";
import { thinStream, thinWrites, type Thinned } from "./buckets.ts";
import { PLOT_LEFT, PLOT_RIGHT, px, type TimeScale } from "./geometry.ts";

/** One row of the timeline: its drawing at y = 0, as high as it says. */
export type Panel = { readonly height: number; readonly content: Markup };

type LatencyDomain = readonly [loMs: number, hiMs: number];

const LATENCY_HEIGHT = 82;
const AVAILABILITY_HEIGHT = 24;
const WRITES_HEIGHT = 84;

/** The decades that hold every latency of these streams, so that their rows can be compared. */
export function latencyDomain(series: readonly StreamSeries[]): LatencyDomain {
  let [least, most] = [Infinity, 0];
  for (const { p50Ms, p95Ms } of series.flatMap((stream) => stream.buckets)) {
    if (p50Ms !== null && p50Ms > 0) least = Math.min(least, p50Ms);
    if (p95Ms !== null) most = Math.max(most, p95Ms);
  }
  if (!Number.isFinite(least) || !Number.isFinite(most) || most <= 0) return [1, 1000];
  const lo = 10 ** Math.floor(Math.log10(least));
  return [lo, Math.max(lo * 10, 10 ** Math.ceil(Math.log10(most)))];
}

type Point = { readonly x: number; readonly y: number | null };

/** Points of a path; a gap in time or value is a gap in the line. */
function path(points: readonly Point[]): string {
  const draw = line<Point>()
    .defined((point) => point.y !== null)
    .x((point) => tenths(point.x))
    .y((point) => tenths(point.y ?? 0));
  return draw(points) ?? "";
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

export function latencyPanel(
  series: StreamSeries,
  domain: LatencyDomain,
  use: { readonly time: TimeScale; readonly points: number },
): Panel {
  const thinned = thinStream(series, use.points);
  const y = scaleLog()
    .domain([...domain])
    .range([LATENCY_HEIGHT - 10, 6])
    .clamp(true);
  const decades = y.ticks().filter((tick) => Number.isInteger(Math.round(Math.log10(tick) * 1e6) / 1e6));
  const pointsOf = (value: (bucket: StreamSeries["buckets"][number]) => number | null): string =>
    path(
      withGaps(
        thinned,
        (bucket) => {
          const held = value(bucket);
          return held === null ? null : y(Math.max(held, domain[0]));
        },
        use.time,
      ),
    );
  return {
    height: LATENCY_HEIGHT,
    content: html`${decades.map(
        (tick) =>
          html`<line class="grid" x1=${PLOT_LEFT} x2=${PLOT_RIGHT} y1=${px(y(tick))} y2=${px(y(tick))} />
            <text class="tick" x=${PLOT_LEFT - 8} y=${px(y(tick) + 4)} text-anchor="end">${decadeLabel(tick)}</text>`,
      )} <path class="p95" d=${pointsOf((bucket) => bucket.p95Ms)} /><path
        class="p50"
        d=${pointsOf((bucket) => bucket.p50Ms)}
      />`,
  };
}

function decadeLabel(tick: number): string {
  if (tick >= 1000) return `${tick / 1000} s`;
  return tick < 1 ? `${Number((tick * 1000).toPrecision(3))} µs` : `${tick} ms`;
}

type Timed = { readonly atMs: number };

function withGaps<T extends Timed>(
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

/** Share of answered probes as a step from 0 to 100 %; what failed is hatched. */
export function availabilityPanel(
  series: StreamSeries,
  use: { readonly time: TimeScale; readonly points: number },
): Panel {
  const thinned = thinStream(series, use.points);
  const [top, bottom] = [3, AVAILABILITY_HEIGHT - 3];
  const runs = availabilityRuns(thinned);
  return {
    height: AVAILABILITY_HEIGHT,
    content: html`<text class="tick" x=${PLOT_LEFT - 8} y=${AVAILABILITY_HEIGHT / 2 + 4} text-anchor="end"
        >answered</text
      >
      ${runs.map(({ fromMs, toMs, share }) => {
        const [x, width] = [use.time.x(fromMs), Math.max(0.4, use.time.x(toMs) - use.time.x(fromMs))];
        const okHeight = (bottom - top) * share;
        return html`${share > 0 ? html`<rect class="answered" x=${px(x)} width=${px(width)} y=${px(bottom - okHeight)} height=${px(okHeight)} />` : null}${
          share < 1
            ? html`<rect
                class="unanswered"
                x=${px(x)}
                width=${px(Math.max(1, width))}
                y=${top}
                height=${px(bottom - top - okHeight)}
              />`
            : null
        }`;
      })}`,
  };
}

type Run = { readonly fromMs: number; readonly toMs: number; readonly share: number };

/** Neighbours with the same share (to five per cent) as one rectangle; never rounded up to all or down to nothing. */
function availabilityRuns(series: Thinned<StreamSeries["buckets"][number]>): readonly Run[] {
  const runs: Run[] = [];
  for (const { atMs, ok, failed } of series.buckets) {
    if (ok + failed === 0) continue;
    const share =
      failed === 0 ? 1 : ok === 0 ? 0 : Math.min(0.95, Math.max(0.05, Math.round((ok / (ok + failed)) * 20) / 20));
    const last = runs.at(-1);
    const toMs = atMs + series.bucketMs;
    if (last !== undefined && last.share === share && atMs - last.toMs < series.bucketMs / 2)
      runs[runs.length - 1] = { ...last, toMs };
    else runs.push({ fromMs: atMs, toMs, share });
  }
  return runs;
}

/** Acknowledged, refused and unknown writes per second. */
export function writesPanel(series: WriteSeries, use: { readonly time: TimeScale; readonly points: number }): Panel {
  const thinned = thinWrites(series, use.points);
  const perSecond = 1000 / thinned.bucketMs;
  const most =
    thinned.buckets.reduce((max, bucket) => Math.max(max, bucket.ok, bucket.fail, bucket.unknown), 0) * perSecond;
  const y = scaleLinear()
    .domain([0, Math.max(most, 1)])
    .nice(3)
    .range([WRITES_HEIGHT - 4, 8]);
  const pathOf = (count: (bucket: WriteSeries["buckets"][number]) => number): string =>
    path(withGaps(thinned, (bucket) => y(count(bucket) * perSecond), use.time));
  return {
    height: WRITES_HEIGHT,
    content: html`${y
        .ticks(3)
        .map(
          (tick) =>
            html`<line class="grid" x1=${PLOT_LEFT} x2=${PLOT_RIGHT} y1=${px(y(tick))} y2=${px(y(tick))} />
              <text class="tick" x=${PLOT_LEFT - 8} y=${px(y(tick) + 4)} text-anchor="end">${tick}/s</text>`,
        )} <path class="w-ok" d=${pathOf((bucket) => bucket.ok)} /><path
        class="w-unknown"
        d=${pathOf((bucket) => bucket.unknown)}
      />
      <path class="w-fail" d=${pathOf((bucket) => bucket.fail)} />`,
  };
}
