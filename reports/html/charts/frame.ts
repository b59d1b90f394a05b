import type { Annotation } from "./annotations.ts";
import { html, type Markup } from "../markup.ts";
import { CHART_WIDTH, PLOT_LEFT, PLOT_RIGHT, px, type TimeScale } from "./geometry.ts";
import type { Panel } from "./panels.ts";

const AXIS_HEIGHT = 40;
const TITLE_HEIGHT = 22;

export type Row = { readonly title: string | null; readonly panel: Panel };

type Frame = {
  /** Unique in the page; names the title and the description. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** Ids of the patterns of faults and, where the rows show any, of failed probes: a page has each once. */
  readonly hatches: { readonly faults: string; readonly failures?: string };
  readonly rows: readonly Row[];
  readonly above: readonly Annotation[];
  readonly time: TimeScale;
};

/** Rows over one time axis, what stands above them reaching down through all. */
export function framed({ id, title, description, hatches, rows, above, time }: Frame): Markup {
  const aboveHeight = above.reduce((total, each) => total + each.height + 6, 0);
  const bottom = aboveHeight + rows.reduce((total, row) => total + heightOf(row), 0);
  return html`<svg
    role="img"
    aria-labelledby=${`${id}-t ${id}-d`}
    viewBox=${`0 0 ${CHART_WIDTH} ${Math.round(bottom + AXIS_HEIGHT)}`}
  >
    <title id=${`${id}-t`}>${title}</title>
    <desc id=${`${id}-d`}>${description}</desc>
    <defs>
      <pattern id=${hatches.faults} width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <line class="hatch-line" x1="0" x2="0" y1="0" y2="7" />
      </pattern>
      ${
        hatches.failures === undefined
          ? null
          : html`<pattern
              id=${hatches.failures}
              width="4"
              height="4"
              patternUnits="userSpaceOnUse"
              patternTransform="rotate(-45)"
            >
              <line class="hatch-dense-line" x1="0" x2="0" y1="0" y2="4" />
            </pattern>`
      }
    </defs>
    <g aria-hidden="true">${annotations(above, bottom)}${stack(rows, aboveHeight)}${axis(time, aboveHeight, bottom)}</g>
  </svg>`;
}

function heightOf(row: Row): number {
  return row.panel.height + (row.title === null ? 0 : TITLE_HEIGHT);
}

function annotations(above: readonly Annotation[], bottom: number): Markup {
  let y = 0;
  const placed = above.map((each) => {
    const at = y;
    y += each.height + 6;
    return { each, at };
  });
  return html`${placed.toReversed().map(({ each, at }) => html`<g transform=${`translate(0 ${at})`}>${each.behind(bottom - at)}</g>`)}
  ${placed.map(({ each, at }) => html`<g transform=${`translate(0 ${at})`}>${each.labels}</g>`)}`;
}

function stack(rows: readonly Row[], top: number): Markup {
  let y = top;
  return rows.map((row) => {
    const titleY = y + 15;
    y += heightOf(row);
    return html`${row.title === null ? null : html`<text class="panel-title" x=${PLOT_LEFT + 4} y=${titleY}>${row.title}</text>`}
      <g transform=${`translate(0 ${y - row.panel.height})`}>${row.panel.content}</g>`;
  });
}

function axis(time: TimeScale, top: number, bottom: number): Markup {
  return html`<line class="axis" x1=${PLOT_LEFT} x2=${PLOT_RIGHT} y1=${px(bottom)} y2=${px(bottom)} />
    <line class="axis" x1=${PLOT_LEFT} x2=${PLOT_LEFT} y1=${px(top)} y2=${px(bottom)} />
    ${time.ticks.map(
      (tick) =>
        html`<line class="axis" x1=${px(time.x(tick))} x2=${px(time.x(tick))} y1=${px(bottom)} y2=${px(bottom + 5)} />
          <text class="tick" x=${px(time.x(tick))} y=${px(bottom + 17)} text-anchor="middle">${tick / 1000}</text>`,
    )}
    <text class="axis-label" x=${(PLOT_LEFT + PLOT_RIGHT) / 2} y=${px(bottom + 34)} text-anchor="middle"
      >seconds since the run was opened</text
    >`;
}
