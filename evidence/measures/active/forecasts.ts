import type { ActiveMeasure, ForecastPoint } from "../../active-bundle.ts";
import type { Moments } from "./moments.ts";
import type { GroupAt, GroupTimeline } from "./timeline.ts";

type ForecastMeasure = NonNullable<ActiveMeasure["forecast"]>;
type Outcome = ForecastMeasure["outcome"];

/** A write of the ledger that a survivor refused because its memory was full. */
export type Refusal = { readonly atMs: number; readonly cache: string | null };

const POINTS_MOST = 12;
const MS_PER_MINUTE = 60_000;

/** The forecasts made on the way to full memory, each beside what came true. Null: no fault, or nothing sampled. */
export function forecastMeasure(
  { polls }: GroupTimeline,
  moments: Moments,
  refusals: readonly Refusal[],
): ForecastMeasure | null {
  const { began, decisionMs, releasedMs, lifted, closedMs } = moments;
  if (!began || polls.length === 0) return null;
  const since = polls.filter(({ endMs }) => endMs >= began.lo);
  const pressed = since.filter(({ endMs }) => endMs <= (releasedMs ?? lifted?.lo ?? closedMs ?? Infinity));
  const outcome =
    outcomeOf(
      pressed,
      refusals.filter(({ atMs }) => atMs >= began.lo),
    ) ?? expectation(pressed);
  const endMs = outcome.kind === "reached" ? outcome.atMs : Infinity;
  const onTheWay = pressed.filter((poll) => poll.endMs <= endMs);
  const decided = decisionMs === null ? undefined : since.findLast((poll) => poll.endMs <= decisionMs);
  const points = [
    ...spread(onTheWay).map((poll, at) => pointOf(at === 0 ? "fault" : "on-the-way", poll, outcome)),
    ...(decided ? [pointOf("decision", decided, outcome)] : []),
  ];
  return { outcome, points: points.toSorted((a, b) => a.atMs - b.atMs) };
}

/** When memory was full for the first time: a write was refused, or a survivor had nothing left. */
function outcomeOf(polls: readonly GroupAt[], refusals: readonly Refusal[]): Outcome | null {
  const refused = refusals.toSorted((a, b) => a.atMs - b.atMs)[0];
  const full = polls.find(({ forecast }) => forecast.headroom?.ratio === 0);
  if (!refused && !full) return null;
  if (refused && (!full || refused.atMs <= full.endMs)) {
    return { kind: "reached", atMs: refused.atMs, member: refused.cache, by: "a refused write of the ledger" };
  }
  const member = full?.forecast.headroom?.member ?? null;
  return { kind: "reached", atMs: full?.endMs ?? 0, member, by: "used_memory reached maxmemory" };
}

function expectation(polls: readonly GroupAt[]): Outcome {
  const last = polls.findLast(({ forecast }) => forecast.oom !== null);
  const minutes = last?.forecast.oom?.minutes;
  const known = last && minutes !== undefined;
  return { kind: "not-reached", expectedAtMs: known ? last.endMs + minutes * MS_PER_MINUTE : null };
}

/** The first rise that was seen, and evenly what followed. */
function spread(polls: readonly GroupAt[]): GroupAt[] {
  const rising = polls.filter(({ forecast }) => forecast.oom !== null);
  const step = Math.max(1, Math.ceil(rising.length / POINTS_MOST));
  return rising.filter((_, at) => at % step === 0);
}

function pointOf(label: ForecastPoint["label"], { endMs, forecast }: GroupAt, outcome: Outcome): ForecastPoint {
  const cameAtMs = outcome.kind === "reached" ? outcome.atMs : outcome.expectedAtMs;
  const minutesToOom = forecast.oom?.minutes ?? null;
  const actualMinutes = cameAtMs === null ? null : Math.max(0, cameAtMs - endMs) / MS_PER_MINUTE;
  const errorMinutes = minutesToOom === null || actualMinutes === null ? null : minutesToOom - actualMinutes;
  return { label, atMs: endMs, member: forecast.oom?.member ?? null, minutesToOom, actualMinutes, errorMinutes };
}
