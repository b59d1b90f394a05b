import { newSecret } from "../../../base/ids.ts";
import type { GroupDoc } from "./model.ts";

/** How a group's membership changes. Each change is a new epoch, and everybody who is reached is told. */

/** A14: the first member makes the group. */
export function newGroup(nickname: string, cache: string): GroupDoc {
  return {
    nickname,
    epoch: 1,
    secret: newSecret(),
    controlToken: newSecret(),
    members: [{ cache, linkState: "Linking" }],
    former: [],
    flush: null,
    totalLoss: false,
  };
}

export function isMember(group: GroupDoc, cache: string): boolean {
  return group.members.some((member) => member.cache === cache);
}

/** A14, A24: who joins is a member before it has anything, so that nothing that it lacks is dropped. */
export function withJoiner(group: GroupDoc, cache: string): GroupDoc {
  return {
    ...group,
    epoch: group.epoch + 1,
    members: [...group.members, { cache, linkState: "Linking" }],
    former: group.former.filter((one) => one.cache !== cache),
  };
}

/** A20: the rest reconfigure themselves. */
export function withoutMember(group: GroupDoc, cache: string): GroupDoc {
  const members = group.members.filter((member) => member.cache !== cache);
  return { ...withWiped(group, cache), epoch: group.epoch + 1, members };
}

/** A21, A24: whoever was force-unlinked keeps the membership that it knew, and is never told another one. */
export function withForceUnlinked(group: GroupDoc, cache: string): GroupDoc {
  const known = { cache, epoch: group.epoch, members: group.members.map((member) => member.cache) };
  return { ...withoutMember(group, cache), former: [...group.former, known] };
}

export function withLinkState(
  group: GroupDoc,
  cache: string,
  linkState: GroupDoc["members"][number]["linkState"],
): GroupDoc {
  const members = group.members.map((member) => (member.cache === cache ? { cache, linkState } : member));
  return { ...group, members };
}

/** A12: data and logs go in all members, under a new epoch. */
export function withFlush(group: GroupDoc, operation: string): GroupDoc {
  const unwiped = group.members.map((member) => member.cache);
  return { ...group, epoch: group.epoch + 1, flush: { operation, unwiped } };
}

export function withWiped(group: GroupDoc, cache: string): GroupDoc {
  if (group.flush === null) return group;
  return { ...group, flush: { ...group.flush, unwiped: group.flush.unwiped.filter((one) => one !== cache) } };
}

/** The membership that a cache is to hold: the group's, or the last one before it was force-unlinked. */
export function standingOf(group: GroupDoc, cache: string): { epoch: number; members: readonly string[] } | undefined {
  if (isMember(group, cache)) return { epoch: group.epoch, members: group.members.map((member) => member.cache) };
  return group.former.find((one) => one.cache === cache);
}

/** Who connects to whom. A force-unlinked member goes on trying, and is refused by its epoch (A24). */
export function connectionsOf(group: GroupDoc): { from: string; to: string }[] {
  const all = [...group.members, ...group.former].map(({ cache }) => cache);
  return all.flatMap((from) =>
    (standingOf(group, from)?.members ?? []).filter((to) => to !== from).map((to) => ({ from, to })),
  );
}
