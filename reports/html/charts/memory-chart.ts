import type { GroupSeries } from "../../../evidence/view.ts";
import { formatMs } from "../../../evidence/format.ts";
import { shorten } from "../../clean.ts";
import { faultBands } from "../../facts/faults.ts";
import { groupMarks } from "../../facts/group/marks.ts";
import type { Markup } from "../markup.ts";
import type { PageInput } from "../page.ts";
import { faultAnnotation, markAnnotation } from "./annotations.ts";
import { framed, type Row } from "./frame.ts";
import { timeScale } from "./geometry.ts";
import { forecastPanel, headroomPanel, memoryDomain, memoryPanel, MOST_MINUTES } from "./memory-panels.ts";

/** Memory of every member, and the forecast of the tightest survivor, over the run. */
export function memoryChart({ view, clock, caps }: PageInput, group: GroupSeries): Markup {
  const time = timeScale(clock.lengthMs);
  const use = { time, points: caps.chartPoints };
  const most = memoryDomain(group.memory);
  const members = group.memory.map((series): Row => ({
    title: `${shorten(series.member, 60)} (${shorten(series.region, 40)})`,
    panel: memoryPanel(series, most, use),
  }));
  const ahead: readonly Row[] = [
    { title: "Headroom of the tightest survivor", panel: headroomPanel(group.forecast, use) },
    {
      title: `Forecast: minutes until it is full (${MOST_MINUTES} and more at the upper edge)`,
      panel: forecastPanel(group.forecast, use),
    },
  ];
  const marks = groupMarks(view, clock);
  const faults = faultBands(view, clock);
  const said = marks.map(({ label, atMs }) => `${label} at ${formatMs(atMs)}`).slice(0, 20);
  return framed({
    id: "group",
    title: "Memory of every member over the run",
    description: `${group.memory.length} members over ${formatMs(clock.lengthMs)}: used_memory, resident memory and maxmemory, then headroom and forecast. ${said.join("; ")}. The numbers are in the tables below the chart.`,
    hatches: { faults: "hatch-group" },
    rows: [...members, ...ahead],
    above: [markAnnotation(marks, time), faultAnnotation(faults, time)],
    time,
  });
}
