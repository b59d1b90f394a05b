import { scaleLinear } from "d3-scale";
import type { Interval } from "../../../evidence/bundle.ts";
import { formatInterval, formatMs } from "../../../evidence/format.ts";
import { html, type Markup } from "../markup.ts";
import { px } from "./geometry.ts";

const WIDTH = 520;
const LABEL_WIDTH = 84;
const VALUE_WIDTH = 128;
const ROW_HEIGHT = 26;
const AXIS_HEIGHT = 24;

type Bar = { readonly name: string; readonly interval: Interval };

/** Bars up to the lower bound, hatched from there to the upper one. */
export function intervalBars(bars: readonly Bar[]): Markup {
  const longest = Math.max(1, ...bars.map(({ interval }) => (interval.kind === "measured" ? finite(interval.hi) : 0)));
  const x = scaleLinear()
    .domain([0, longest])
    .range([LABEL_WIDTH, WIDTH - VALUE_WIDTH]);
  const height = bars.length * ROW_HEIGHT + AXIS_HEIGHT;
  return html`<figure>
    <svg role="img" aria-labelledby="bars-t bars-d" viewBox=${`0 0 ${WIDTH} ${height}`}>
      <title id="bars-t">Recovery, part by part</title>
      <desc id="bars-d">${bars.map(({ name, interval }) => `${name}: ${formatInterval(interval)}`).join("; ")}</desc>
      <g aria-hidden="true">
        ${x
          .ticks(4)
          .map(
            (tick) =>
              html`<line class="grid" x1=${px(x(tick))} x2=${px(x(tick))} y1="0" y2=${height - AXIS_HEIGHT} />
                <text class="tick" x=${px(x(tick))} y=${height - 8} text-anchor="middle"
                  >${tick === 0 ? "0" : axisMs(tick)}</text
                >`,
          )}
        ${bars.map((bar, index) => row(bar, index * ROW_HEIGHT, x))}
      </g>
    </svg>
    <figcaption>Solid: at least. Outlined end: between the two bounds.</figcaption>
  </figure>`;
}

function row({ name, interval }: Bar, y: number, x: (durationMs: number) => number): Markup {
  const label = html`<text class="rowlabel" x=${LABEL_WIDTH - 10} y=${y + 17} text-anchor="end">${name}</text>`;
  if (interval.kind === "not-measured") {
    return html`${label}<text class="tick" x=${LABEL_WIDTH + 6} y=${y + 17}>not measured</text>`;
  }
  const [from, lo, hi] = [x(0), x(finite(interval.lo)), x(finite(interval.hi))];
  const highlight = name === "serve" ? "bar main" : "bar";
  return html`${label}
    <rect class=${highlight} x=${px(from)} y=${y + 6} width=${px(Math.max(0, lo - from))} height="14" />
    <rect class="bar-open" x=${px(lo)} y=${y + 6} width=${px(Math.max(2, hi - lo))} height="14" />
    <text class="value" x=${px(Math.max(hi, lo + 2) + 6)} y=${y + 17}>${formatInterval(interval)}</text>`;
}

function axisMs(tick: number): string {
  return formatMs(tick).replace(/\.0+(?= )/, "");
}

function finite(value: number): number {
  return Number.isFinite(value) ? Math.max(0, value) : 0;
}
