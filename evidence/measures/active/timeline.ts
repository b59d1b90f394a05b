import { FORECAST_WINDOW_MS, forecastAt, type Forecast, type MemorySample } from "../../../contracts/forecast.ts";
import { survivorsMemory, type GroupSample } from "../../../contracts/signals.ts";
import type { MemoryMoment } from "../../active-bundle.ts";
import type { SignalsFile } from "../../raw-files.ts";
import type { RunClock } from "../clock.ts";

type View = NonNullable<GroupSample["members"][number]["view"]>;
/** One member at one poll that reached it; `atMs` is when the member said so. */
export type MemberAt = { readonly member: string; readonly region: string; readonly atMs: number; readonly view: View };
export type GroupAt = {
  readonly sentMs: number;
  readonly endMs: number;
  /** Everybody who belongs to the group, reached or not. */
  readonly names: readonly string[];
  readonly members: readonly MemberAt[];
  readonly totalLoss: boolean;
  /** As the live view gave it after this poll. */
  readonly forecast: Forecast;
};

/** What was sampled of a group, on the run's clock. */
export type GroupTimeline = {
  readonly nickname: string;
  readonly polls: readonly GroupAt[];
  readonly missed: readonly { readonly fromMs: number; readonly toMs: number }[];
};

export function groupTimeline(file: SignalsFile, clock: RunClock): GroupTimeline {
  const originMs = clock.at(file.header.origin);
  const onClock = (us: number): number => originMs + us / 1000;
  const polls: GroupAt[] = [];
  const missed: { fromMs: number; toMs: number }[] = [];
  let window: MemorySample[] = [];
  for (const sample of file.samples) {
    const [sentMs, endMs] = [onClock(sample.sentUs), onClock(sample.endUs)];
    if ("missed" in sample) {
      missed.push({ fromMs: sentMs, toMs: endMs });
      continue;
    }
    const survivors = survivorsMemory(sample).map((one) => ({ ...one, atMs: originMs + one.atMs }));
    window = [...window.filter((one) => one.atMs > endMs - FORECAST_WINDOW_MS), ...survivors];
    polls.push({
      sentMs,
      endMs,
      names: sample.members.map(({ cache }) => cache),
      members: reached(sample, onClock),
      totalLoss: sample.totalLoss,
      forecast: forecastAt(endMs, window),
    });
  }
  return { nickname: file.header.nickname, polls, missed };
}

function reached({ members }: GroupSample, onClock: (us: number) => number): MemberAt[] {
  return members.flatMap(({ cache, region, view }) =>
    view ? [{ member: cache, region, atMs: onClock(view.atUs), view }] : [],
  );
}

/** Each member's own samples, in order, by its name. */
export function byMember({ polls }: GroupTimeline): Map<string, MemberAt[]> {
  const found = new Map<string, MemberAt[]>();
  for (const one of polls.flatMap(({ members }) => members)) {
    const own = found.get(one.member);
    if (own) own.push(one);
    else found.set(one.member, [one]);
  }
  return new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

export function memoryMoment({ atMs, view }: MemberAt): MemoryMoment {
  const { usedMemoryBytes, rssBytes, maxmemoryBytes, logBytes } = view;
  const headroomRatio = maxmemoryBytes > 0 ? Math.max(0, 1 - usedMemoryBytes / maxmemoryBytes) : null;
  return { atMs, usedBytes: usedMemoryBytes, rssBytes, maxBytes: maxmemoryBytes, logBytes, headroomRatio };
}
