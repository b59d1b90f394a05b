import { z } from "zod";
import { formatInterval, formatMs, formatOffset, formatShare } from "../../../evidence/format.ts";
import type { BundleView } from "../../../evidence/view.ts";
import type { RunClock } from "../clock.ts";
import { groupMarks } from "./marks.ts";

const decisionSchema = z.object({
  by: z.string(),
  who: z.string(),
  owner: z.string().optional(),
  destructive: z.boolean().optional(),
  afterMs: z.number().optional(),
  headroomRatio: z.number().nullable().optional(),
  minutesToOom: z.number().nullable().optional(),
});

type Said = readonly [name: string, said: string];

/** Who decided to unlink by force, on what, and what was left by then; empty when nobody did. */
export function decisionFacts(view: BundleView, clock: RunClock): readonly Said[] {
  const event = view.events.findLast(({ type }) => type === "decision.taken");
  const decision = decisionSchema.safeParse(event?.data);
  if (event === undefined || !decision.success) return [];
  const { by, who, owner, destructive, afterMs, ...known } = decision.data;
  const took = afterMs === undefined ? "" : `, ${formatMs(afterMs)} after the question`;
  return [
    ["Decided", `${formatOffset(clock.offsetMs(event.at))} by ${who} (${by})${took}`],
    ["Answers for it", owner ?? "nobody is named"],
    ["Kind of step", destructive === true ? "destructive: what only the lost member holds is given up" : "not marked"],
    ["Trigger", triggerOf(view)],
    ["Known then", `${shareLeft(known.headroomRatio)} left, ${minutesInWords(known.minutesToOom)}`],
    ...unlinkFacts(view, clock),
  ];
}

function unlinkFacts(view: BundleView, clock: RunClock): readonly Said[] {
  const atMs = groupMarks(view, clock).findLast(({ label }) => label === "force-unlink")?.atMs;
  if (atMs === undefined) return [["Unlinked", "never"]];
  const { active } = view.measures;
  const tightest = active?.tightestAtDecision ?? null;
  const whose = tightest === null ? "" : `, at ${tightest}`;
  const atDecision = active ? formatInterval(active.headroomAtDecision) : "–";
  return [
    ["Left at the decision", `${atDecision} of maxmemory${whose}`],
    ["Unlinked", `${formatOffset(atMs)} with ${headroomAt(view, atMs)} left`],
  ];
}

/** The free share of the tightest survivor in the last sample before an instant. */
function headroomAt(view: BundleView, atMs: number): string {
  const before = view.group?.forecast.points.findLast((point) => point.atMs <= atMs && point.headroomRatio !== null);
  return shareLeft(before?.headroomRatio);
}

function triggerOf(view: BundleView): string {
  for (const step of view.scenario?.steps ?? []) {
    const response = step.kind === "region-outage" ? step.response : undefined;
    if (response?.kind !== "force-unlink") continue;
    if (!response.trigger) return "none: decided as soon as the member was found lost";
    return `less than ${formatShare(response.trigger.headroomBelowRatio, 1)} of maxmemory left at the tightest survivor`;
  }
  return "the scenario names none";
}

function shareLeft(ratio: number | null | undefined): string {
  return ratio === null || ratio === undefined ? "an unknown share" : formatShare(ratio, 1);
}

/** A forecast in minutes: `32 s to OOM`, or that nothing was rising. */
export function minutesInWords(minutes: number | null | undefined): string {
  return minutes === null || minutes === undefined ? "no rise to go by" : `${formatMs(minutes * 60_000)} to OOM`;
}
