import type { Stamp } from "../../base/clocks.ts";
import type { GroupView } from "../../contracts/groups.ts";
import type { GroupSample } from "../../contracts/signals.ts";

/** Microseconds of a stamp since the origin of the raw file. */
export type SinceOrigin = (stamp: Stamp) => number;

/** A group's view as a line of the raw file: the members' own stamps on the file's clock. */
export function groupSample(
  group: GroupView,
  taken: { readonly sentUs: number; readonly endUs: number },
  sinceOriginUs: SinceOrigin,
): GroupSample {
  const members = group.members.map(({ cache, region, running, view }) => {
    if (!view) return { cache, region, running, view };
    const { member: _member, at, ...said } = view;
    return { cache, region, running, view: { ...said, atUs: sinceOriginUs(at) } };
  });
  return { ...taken, epoch: group.epoch, totalLoss: group.totalLoss, members };
}
