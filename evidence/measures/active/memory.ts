import type { Interval } from "../../bundle.ts";
import type { MemberMemory } from "../../active-bundle.ts";
import { measured, notMeasured } from "../interval.ts";
import type { Moments } from "./moments.ts";
import { byMember, memoryMoment, type GroupTimeline, type MemberAt } from "./timeline.ts";

/** A sample further away than this says nothing of an instant. */
const NEAR_MS = 2000;

/** Each member's memory at the moments that matter; a member that could not be asked then has none there. */
export function memberMemory(timeline: GroupTimeline, moments: Moments): MemberMemory[] {
  return [...byMember(timeline)].map(([member, samples]) => memoryOf(member, samples, moments));
}

function memoryOf(member: string, samples: readonly MemberAt[], moments: Moments): MemberMemory {
  const { began, decisionMs, releasedMs, lifted } = moments;
  const from = began?.lo ?? -Infinity;
  const during = samples.filter((one) => one.atMs >= from);
  const released =
    releasedMs === null ? [] : samples.filter((one) => one.atMs >= releasedMs && one.atMs < (lifted?.lo ?? Infinity));
  const moment = (one: MemberAt | undefined) => (one ? memoryMoment(one) : null);
  return {
    member,
    region: samples[0]?.region ?? "",
    beforeFault: moment(samples.findLast((one) => one.atMs < from && one.atMs >= from - NEAR_MS)),
    atDecision: moment(
      decisionMs === null
        ? undefined
        : samples.findLast((one) => one.atMs <= decisionMs && one.atMs >= decisionMs - NEAR_MS),
    ),
    atPeak: moment(largest(during, (one) => one.view.usedMemoryBytes)),
    afterRelease: moment(largest(released, (one) => -one.view.usedMemoryBytes)),
    afterHealing: moment(samples.at(-1)),
    syncerRssPeakBytes: Math.max(0, ...[largest(samples, syncerRss)].flatMap((one) => (one ? [syncerRss(one)] : []))),
  };
}

const syncerRss = ({ view }: MemberAt): number => view.syncerRssBytes;

/** The first of those with the largest value. */
function largest(samples: readonly MemberAt[], value: (one: MemberAt) => number): MemberAt | undefined {
  let found: MemberAt | undefined;
  for (const one of samples) if (!found || value(one) > value(found)) found = one;
  return found;
}

export type DecisionHeadroom = { readonly headroom: Interval; readonly tightest: string | null };

/**
 * Free share of maxmemory at the tightest survivor when it was decided: between what the polls before and after it saw.
 * Where nobody decided before the memory was full, nothing was left.
 */
export function headroomAtDecision(timeline: GroupTimeline, moments: Moments, wasFull: boolean): DecisionHeadroom {
  const { decisionMs } = moments;
  const none = (why: string): DecisionHeadroom => ({ headroom: notMeasured(why), tightest: null });
  if (decisionMs === null) {
    return wasFull ? { headroom: measured(0, 0, "ratio"), tightest: null } : none("no decision was taken");
  }
  const seen = timeline.polls.flatMap(({ endMs, forecast }) =>
    forecast.headroom ? [{ endMs, ...forecast.headroom }] : [],
  );
  const before = seen.findLast(({ endMs }) => endMs <= decisionMs && endMs >= decisionMs - NEAR_MS);
  if (!before) return none("no survivor's memory was sampled before the decision");
  const after = seen.find(({ endMs }) => endMs > decisionMs && endMs <= decisionMs + NEAR_MS) ?? before;
  const [lo, hi] = [Math.min(before.ratio, after.ratio), Math.max(before.ratio, after.ratio)];
  return { headroom: measured(lo, hi, "ratio"), tightest: before.member };
}
