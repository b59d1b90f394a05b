import type { ActiveMeasure } from "./active-bundle.ts";
import { formatCount, formatInterval, formatMs } from "./format.ts";

type Fact = [name: string, said: string];

/** What is said of an active group besides recovery time and lost writes; nothing for a drill without one. */
export function groupInWords(active: ActiveMeasure | undefined): Fact[] {
  if (!active) return [];
  return [
    ...headroomFact(active),
    ...forecastFact(active),
    ["Converged", formatInterval(active.timeToConverge)],
    ["Members", membersInWords(active)],
    ["Conflicts", conflictsInWords(active)],
    ...(active.totalLoss ? [["Total loss", "every member came back empty at once"] satisfies Fact] : []),
  ];
}

function headroomFact({ headroomAtDecision, tightestAtDecision }: ActiveMeasure): Fact[] {
  if (headroomAtDecision.kind === "not-measured") return [];
  const where = tightestAtDecision === null ? "" : ` at ${tightestAtDecision}`;
  return [["Memory left", `decided with ${formatInterval(headroomAtDecision)} of the memory left${where}`]];
}

/** The forecast at the decision beside what came true; without a decision nobody had to go by it. */
function forecastFact({ forecast }: ActiveMeasure): Fact[] {
  const decided = forecast?.points.find((one) => one.label === "decision");
  if (!forecast || !decided) return [];
  return [
    ["Forecast", `${said(decided.minutesToOom)} when it was decided; ${outcomeInWords(forecast.outcome, decided)}`],
  ];
}

function said(minutesToOom: number | null): string {
  if (minutesToOom === null) return "no rise";
  return minutesToOom === 0 ? "full" : `full in ${minutes(minutesToOom)}`;
}

type Forecast = NonNullable<ActiveMeasure["forecast"]>;

function outcomeInWords(outcome: Forecast["outcome"], decided: Forecast["points"][number]): string {
  if (outcome.kind === "reached") {
    const afterMs = outcome.atMs - decided.atMs;
    const when = afterMs < 0 ? `${formatMs(-afterMs)} before` : `${formatMs(afterMs)} after`;
    return `memory ended ${when} (${outcome.by})`;
  }
  if (decided.actualMinutes === null) return "memory did not end";
  return `memory did not end; by the last forecast before the release it would have ${minutes(decided.actualMinutes)} later`;
}

function minutes(value: number): string {
  return formatMs(value * 60_000);
}

function membersInWords({ comparisons }: ActiveMeasure): string {
  const last = comparisons.at(-1);
  if (!last) return "not compared";
  if (!last.equal) return `${formatCount(last.differenceCount)} differences at the last comparison`;
  const elements = formatCount(last.members[0]?.elements);
  return `${last.members.length} equal, element by element (${elements} elements)`;
}

function conflictsInWords({ conflicts }: ActiveMeasure): string {
  if (conflicts.length === 0) return "not counted";
  return conflicts.map(({ member, count }) => `${formatCount(count)} at ${member}`).join(", ");
}
