import { phases as phaseOrder } from "../../../evidence/events.ts";
import type { Measures } from "../../../evidence/bundle.ts";
import { shorten } from "../../clean.ts";
import type { RunClock } from "../../facts/clock.ts";
import type { FaultBand } from "../../facts/faults.ts";
import type { Mark } from "../../facts/group/marks.ts";
import { html, type Markup } from "../markup.ts";
import { assignLanes, PLOT_RIGHT, px, textWidth, type TimeScale } from "./geometry.ts";

const LANE_HEIGHT = 16;
const FAULTS_DRAWN = 20;
const LABEL_LENGTH = 60;
const MARKS_DRAWN = 20;

/** What stands above all rows and reaches down through them. */
export type Annotation = {
  readonly height: number;
  readonly labels: Markup;
  readonly behind: (bottom: number) => Markup;
};

/** Each fault as a labelled, hatched bar, and a band behind every row for as long as it may have been active. */
export function faultAnnotation(bands: readonly FaultBand[], time: TimeScale): Annotation {
  const drawn = bands.slice(0, FAULTS_DRAWN).toSorted((a, b) => a.fromMs - b.fromMs);
  const bars = drawn.map((band) => placeFault(band, time));
  const lanes = assignLanes(bars.map(({ from, to }) => ({ from, to: to + 8 })));
  return {
    height: laneCount(lanes) * (LANE_HEIGHT + 4),
    labels: bars.map((bar, index) => {
      const y = (lanes[index] ?? 0) * (LANE_HEIGHT + 4);
      return html`<rect class="fault-bar" x=${px(bar.x)} width=${px(bar.width)} y=${y} height=${LANE_HEIGHT} />
        ${bar.inside ? html`<rect class="fault-plate" x=${px(bar.textX - 4)} y=${y + 2} width=${px(textWidth(bar.label) + 8)} height=${LANE_HEIGHT - 4} />` : null}
        <text class="fault-label" x=${px(bar.textX)} y=${y + 12}>${bar.label}</text>`;
    }),
    behind: (bottom) =>
      bars.map(
        ({ x, width }) =>
          html`<rect class="fault-band" x=${px(x)} width=${px(width)} y="0" height=${px(bottom)} />
            <line class="fault-edge" x1=${px(x)} x2=${px(x)} y1="0" y2=${px(bottom)} /><line
              class="fault-edge"
              x1=${px(x + width)}
              x2=${px(x + width)}
              y1="0"
              y2=${px(bottom)}
            />`,
      ),
  };
}

function placeFault(band: FaultBand, time: TimeScale) {
  const [x, end] = [time.x(band.fromMs), time.x(band.toMs)];
  const width = Math.max(1.5, end - x);
  const label = shorten(`fault: ${band.label}${band.state === "lifted" ? "" : ` – ${band.state}`}`, LABEL_LENGTH);
  const needed = textWidth(label) + 16;
  const inside = width >= needed;
  const right = x + width + needed <= PLOT_RIGHT;
  const textX = inside ? x + 8 : right ? x + width + 6 : Math.max(4, x - needed + 6);
  return {
    x,
    width,
    label,
    inside,
    textX,
    from: Math.min(x, textX),
    to: Math.max(x + width, textX + textWidth(label)),
  };
}

/** A numbered tick where each phase began. */
export function phaseAnnotation(spans: Measures["phases"], clock: RunClock, time: TimeScale): Annotation {
  const ticks = spans
    .flatMap((span) => {
      const fromMs = clock.offsetMs(span.startedAt);
      return fromMs === null
        ? []
        : [{ x: time.x(fromMs), label: `${phaseOrder.indexOf(span.phase) + 1} ${span.phase}` }];
    })
    .toSorted((a, b) => a.x - b.x);
  return tickAnnotation(ticks, { line: "phase-line", label: "phase-label" });
}

/** A labelled tick at each instant that the curves turn at. */
export function markAnnotation(marks: readonly Mark[], time: TimeScale): Annotation {
  const ticks = marks.slice(0, MARKS_DRAWN).map(({ label, atMs }) => ({ x: time.x(atMs), label }));
  return tickAnnotation(
    ticks.toSorted((a, b) => a.x - b.x),
    { line: "mark-line", label: "mark-label" },
  );
}

type Tick = { readonly x: number; readonly label: string };

function tickAnnotation(
  ticks: readonly Tick[],
  classes: { readonly line: string; readonly label: string },
): Annotation {
  const lanes = assignLanes(ticks.map(({ x, label }) => ({ from: x, to: x + textWidth(label) + 8 })));
  return {
    height: laneCount(lanes) * LANE_HEIGHT,
    labels: ticks.map(({ x, label }, index) => {
      const flip = x + textWidth(label) > PLOT_RIGHT + 10;
      return html`<text
        class=${classes.label}
        x=${px(flip ? x - 4 : x + 4)}
        text-anchor=${flip ? "end" : "start"}
        y=${(lanes[index] ?? 0) * LANE_HEIGHT + 12}
        >${label}</text
      >`;
    }),
    behind: (bottom) =>
      ticks.map(
        ({ x }, index) =>
          html`<line
            class=${classes.line}
            x1=${px(x)}
            x2=${px(x)}
            y1=${(lanes[index] ?? 0) * LANE_HEIGHT + 2}
            y2=${px(bottom)}
          />`,
      ),
  };
}

function laneCount(lanes: readonly number[]): number {
  return lanes.reduce((most, lane) => Math.max(most, lane + 1), 0);
}
