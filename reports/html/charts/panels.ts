import { scaleLinear, scaleLog } from "d3-scale";
import type { StreamSeries, WriteSeries } from "../../../evidence/view.ts";
import { html, type Markup } from "../markup.ts";
import { thinStream, thinWrites, type Thinned } from "./buckets.ts";
import { PLOT_LEFT, px, type TimeScale } from "./geometry.ts";
import { grid, path, withGaps } from "./lines.ts";

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
    content: html`${grid(decades, y, decadeLabel)} <path class="p95" d=${pointsOf((bucket) => bucket.p95Ms)} /><path
        class="p50"
        d=${pointsOf((bucket) => bucket.p50Ms)}
      />`,
  };
}

function decadeLabel(tick: number): string {
  if (tick >= 1000) return `${tick / 1000} s`;
  return tick < 1 ? `${Number((tick * 1000).toPrecision(3))} µs` : `${tick} ms`;
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
  const lines = grid(y.ticks(3), y, (tick) => `${tick}/s`);
  return {
    height: WRITES_HEIGHT,
    content: html`${lines} <path class="w-ok" d=${pathOf((bucket) => bucket.ok)} /><path
        class="w-unknown"
        d=${pathOf((bucket) => bucket.unknown)}
      />
      <path class="w-fail" d=${pathOf((bucket) => bucket.fail)} />`,
  };
}
