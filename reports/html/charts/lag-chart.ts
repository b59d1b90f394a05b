import { scaleLinear } from "d3-scale";
import { formatCount, formatMs } from "../../../evidence/format.ts";
import type { LagSeries } from "../../../evidence/view.ts";
import { shorten } from "../../clean.ts";
import { faultBands } from "../../facts/faults.ts";
import { groupMarks } from "../../facts/group/marks.ts";
import { html, type Markup } from "../markup.ts";
import type { PageInput } from "../page.ts";
import { faultAnnotation, markAnnotation } from "./annotations.ts";
import { thinLag } from "./buckets.ts";
import { framed, type Row } from "./frame.ts";
import { timeScale, type TimeScale } from "./geometry.ts";
import { grid, path, withGaps } from "./lines.ts";
import type { Panel } from "./panels.ts";

const LAG_HEIGHT = 64;
const PAIRS_DRAWN = 4;

/** What piled up, over the run, for the pairs with the largest piles. */
export function lagChart({ view, clock, caps }: PageInput, series: readonly LagSeries[]): Markup {
  const time = timeScale(clock.lengthMs);
  const worst = series
    .map((one) => ({ one, most: mostOf(one) }))
    .toSorted((a, b) => b.most - a.most)
    .slice(0, PAIRS_DRAWN);
  const rows = worst.map(({ one, most }): Row => ({
    title: `${shorten(one.member, 40)} for ${shorten(one.peer, 40)}`,
    panel: lagPanel(one, most, { time, points: caps.chartPoints }),
  }));
  const said = worst.map(
    ({ one, most }) => `${shorten(one.member, 40)} for ${shorten(one.peer, 40)} ${formatCount(most)}`,
  );
  return framed({
    id: "lagging",
    title: "Operations not acknowledged, over the run",
    description: `The ${worst.length} pairs with most operations over ${formatMs(clock.lengthMs)}. At most: ${said.join("; ")}. The numbers of all pairs are in the table below the chart.`,
    hatches: { faults: "hatch-lag" },
    rows,
    above: [markAnnotation(groupMarks(view, clock), time), faultAnnotation(faultBands(view, clock), time)],
    time,
  });
}

function mostOf({ points }: LagSeries): number {
  return points.reduce((most, { operations }) => Math.max(most, operations), 0);
}

type Use = { readonly time: TimeScale; readonly points: number };

function lagPanel(series: LagSeries, most: number, { time, points }: Use): Panel {
  const y = scaleLinear()
    .domain([0, Math.max(1, most)])
    .nice(2)
    .range([LAG_HEIGHT - 4, 8]);
  const line = path(withGaps(thinLag(series, points), ({ operations }) => y(operations), time));
  return { height: LAG_HEIGHT, content: html`${grid(y.ticks(2), y, formatCount)} <path class="m-used" d=${line} />` };
}
