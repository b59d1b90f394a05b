import { scaleLinear, type ScaleLinear } from "d3-scale";
import type { ForecastSeries, MemorySeries } from "../../../evidence/view.ts";
import { html } from "../markup.ts";
import { thinForecast, thinMemory } from "./buckets.ts";
import type { TimeScale } from "./geometry.ts";
import { grid, path, withGaps } from "./lines.ts";
import type { Panel } from "./panels.ts";

const MEMORY_HEIGHT = 92;
const FORECAST_HEIGHT = 72;
/** A forecast further away than this is drawn at the upper edge: what matters is how it comes near. */
export const MOST_MINUTES = 10;

type Use = { readonly time: TimeScale; readonly points: number };
type Scale = ScaleLinear<number, number>;

/** The largest value of all members, so that their rows can be compared. */
export function memoryDomain(series: readonly MemorySeries[]): number {
  let most = 1;
  for (const { usedBytes, rssBytes, maxBytes } of series.flatMap(({ points }) => points)) {
    most = Math.max(most, usedBytes, rssBytes, maxBytes);
  }
  return most;
}

/** used_memory, resident memory and maxmemory of one member. */
export function memoryPanel(series: MemorySeries, mostBytes: number, { time, points }: Use): Panel {
  const thinned = thinMemory(series, points);
  const y = scaleLinear()
    .domain([0, mostBytes])
    .nice(3)
    .range([MEMORY_HEIGHT - 4, 8]);
  const lineOf = (value: (point: MemorySeries["points"][number]) => number | null): string =>
    path(withGaps(thinned, (point) => toY(y, value(point)), time));
  return {
    height: MEMORY_HEIGHT,
    content: html`${grid(y.ticks(3), y, (tick) => `${tick / 1e6} MB`)}
      <path class="m-max" d=${lineOf(({ maxBytes }) => (maxBytes > 0 ? maxBytes : null))} />
      <path class="m-rss" d=${lineOf(({ rssBytes }) => rssBytes)} />
      <path class="m-used" d=${lineOf(({ usedBytes }) => usedBytes)} />`,
  };
}

/** Minutes until the tightest survivor is full; no line where nothing rose. */
export function forecastPanel(series: ForecastSeries, { time, points }: Use): Panel {
  const thinned = thinForecast(series, points);
  const longest = thinned.buckets.reduce((most, { minutesToOom }) => Math.max(most, minutesToOom ?? 0), 0);
  const y = scaleLinear()
    .domain([0, Math.min(MOST_MINUTES, Math.max(longest, 0.1))])
    .nice(3)
    .range([FORECAST_HEIGHT - 4, 8])
    .clamp(true);
  const line = path(withGaps(thinned, ({ minutesToOom }) => toY(y, minutesToOom), time));
  return {
    height: FORECAST_HEIGHT,
    content: html`${grid(y.ticks(3), y, (tick) => `${tick} min`)} <path class="m-used" d=${line} />`,
  };
}

/** Share of maxmemory that the tightest survivor has left. */
export function headroomPanel(series: ForecastSeries, { time, points }: Use): Panel {
  const y = scaleLinear()
    .domain([0, 1])
    .range([FORECAST_HEIGHT - 4, 8]);
  const line = path(withGaps(thinForecast(series, points), ({ headroomRatio }) => toY(y, headroomRatio), time));
  return {
    height: FORECAST_HEIGHT,
    content: html`${grid(y.ticks(3), y, (tick) => `${Math.round(tick * 100)} %`)} <path class="m-used" d=${line} />`,
  };
}

function toY(y: Scale, value: number | null): number | null {
  return value === null ? null : y(value);
}
