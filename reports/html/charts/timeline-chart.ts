import type { StreamSeries } from "../../../evidence/view.ts";
import { faultBands } from "../../facts/faults.ts";
import { formatMs } from "../../../evidence/format.ts";
import { shorten } from "../../clean.ts";
import type { Markup } from "../markup.ts";
import type { PageInput } from "../page.ts";
import { faultAnnotation, phaseAnnotation } from "./annotations.ts";
import { framed, type Row } from "./frame.ts";
import { timeScale, type TimeScale } from "./geometry.ts";
import { availabilityPanel, latencyDomain, latencyPanel, writesPanel } from "./panels.ts";

/** All rows of the run over one time axis. Service streams only: what users felt. */
export function timelineChart(input: PageInput, services: readonly StreamSeries[]): Markup {
  const time = timeScale(input.clock.lengthMs);
  const rows = chartRows(input, services, time);
  const faults = faultBands(input.view, input.clock);
  const above = [phaseAnnotation(input.view.measures.phases, input.clock, time), faultAnnotation(faults, time)];
  return framed({
    id: "timeline",
    title: "Latency, availability and writes over the run",
    description: describe(input, services.length, faults),
    hatches: { faults: "hatch", failures: "hatch-dense" },
    rows,
    above,
    time,
  });
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

function describe({ clock }: PageInput, streams: number, faults: ReturnType<typeof faultBands>): string {
  const said = faults
    .map((fault) => `${shorten(fault.label, 60)} from ${formatMs(fault.fromMs)} to ${formatMs(fault.toMs)}`)
    .slice(0, 20);
  const rows = `${streams} service stream${streams === 1 ? "" : "s"} over ${formatMs(clock.lengthMs)}`;
  return `${rows}. ${said.length === 0 ? "No fault was active" : `Faults: ${said.join("; ")}`}. The numbers are in the tables below the chart.`;
}
