import type { StreamSeries } from "../../../evidence/view.ts";
import { faultBands } from "../../facts/faults.ts";
import { formatMs } from "../../../evidence/format.ts";
import { shorten } from "../../clean.ts";
import { html, type Markup } from "../markup.ts";
import type { PageInput } from "../page.ts";
import { faultAnnotation, phaseAnnotation, type Annotation } from "./annotations.ts";
import { CHART_WIDTH, PLOT_LEFT, PLOT_RIGHT, px, timeScale, type TimeScale } from "./geometry.ts";
import { availabilityPanel, latencyDomain, latencyPanel, writesPanel, type Panel } from "./panels.ts";

const AXIS_HEIGHT = 40;
const TITLE_HEIGHT = 22;

type Row = { readonly title: string | null; readonly panel: Panel };

/** All rows of the run over one time axis. Service streams only: what users felt. */
export function timelineChart(input: PageInput, services: readonly StreamSeries[]): Markup {
  const time = timeScale(input.clock.lengthMs);
  const rows = chartRows(input, services, time);
  const faults = faultBands(input.view, input.clock);
  const above = [phaseAnnotation(input.view.measures.phases, input.clock, time), faultAnnotation(faults, time)];
  const aboveHeight = above.reduce((total, each) => total + each.height + 6, 0);
  const bottom = aboveHeight + rows.reduce((total, row) => total + heightOf(row), 0);
  return html`<svg
    role="img"
    aria-labelledby="timeline-t timeline-d"
    viewBox=${`0 0 ${CHART_WIDTH} ${Math.round(bottom + AXIS_HEIGHT)}`}
  >
    <title id="timeline-t">Latency, availability and writes over the run</title>
    <desc id="timeline-d">${describe(input, services.length, faults)}</desc>
    <defs>
      <pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <line class="hatch-line" x1="0" x2="0" y1="0" y2="7" />
      </pattern>
      <pattern id="hatch-dense" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">
        <line class="hatch-dense-line" x1="0" x2="0" y1="0" y2="4" />
      </pattern>
    </defs>
    <g aria-hidden="true">${annotations(above, bottom)}${stack(rows, aboveHeight)}${axis(time, aboveHeight, bottom)}</g>
  </svg>`;
}

function chartRows({ view, caps }: PageInput, services: readonly StreamSeries[], time: TimeScale): readonly Row[] {
  const use = { time, points: caps.chartPoints };
  const domain = latencyDomain(services);
  const streams = services.flatMap((series): Row[] => [
    {
      title: `${shorten(series.stream, 60)}: users of ${series.region}, ${series.op}s`,
      panel: latencyPanel(series, domain, use),
    },
    { title: null, panel: availabilityPanel(series, use) },
  ]);
  return view.writes === null
    ? streams
    : [...streams, { title: "Ledger writes", panel: writesPanel(view.writes, use) }];
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

function describe({ clock }: PageInput, streams: number, faults: ReturnType<typeof faultBands>): string {
  const said = faults
    .map((fault) => `${shorten(fault.label, 60)} from ${formatMs(fault.fromMs)} to ${formatMs(fault.toMs)}`)
    .slice(0, 20);
  const rows = `${streams} service stream${streams === 1 ? "" : "s"} over ${formatMs(clock.lengthMs)}`;
  return `${rows}. ${said.length === 0 ? "No fault was active" : `Faults: ${said.join("; ")}`}. The numbers are in the tables below the chart.`;
}
