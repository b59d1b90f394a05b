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
  const flush = group.flush && { ...group.flush, unwiped: without(group.flush.unwiped, cache) };
  return { ...group, flush, epoch: group.epoch + 1, members };
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
  const epoch = group.epoch + 1;
  return { ...group, epoch, flush: { operation, epoch, unwiped } };
}

/** `epoch`: of the flush by which it was wiped; of a later one it has still to be. */
export function withWiped(group: GroupDoc, cache: string, epoch: number): GroupDoc {
  if (group.flush?.epoch !== epoch) return group;
  return { ...group, flush: { ...group.flush, unwiped: without(group.flush.unwiped, cache) } };
}

/** By its epoch a member shows whether it was wiped: it must not come to that of the flush, or a later one, otherwise. */
export function isUnwiped(group: GroupDoc, cache: string): boolean {
  return group.flush?.unwiped.includes(cache) === true;
}

/**
 * The membership that a cache is to hold: the group's, the last one before it was force-unlinked, or one from before
 * the flush that it has not heard of.
 */
export function standingOf(group: GroupDoc, cache: string): { epoch: number; members: readonly string[] } | undefined {
  if (!isMember(group, cache)) return group.former.find((one) => one.cache === cache);
  const epoch = group.flush && isUnwiped(group, cache) ? group.flush.epoch - 1 : group.epoch;
  return { epoch, members: group.members.map((member) => member.cache) };
}

/** Who connects to whom. A force-unlinked member goes on trying, and is refused by its epoch (A24). */
export function connectionsOf(group: GroupDoc): { from: string; to: string }[] {
  const all = [...group.members, ...group.former].map(({ cache }) => cache);
  return all.flatMap((from) =>
    (standingOf(group, from)?.members ?? []).filter((to) => to !== from).map((to) => ({ from, to })),
  );
}

function without(caches: readonly string[], cache: string): string[] {
  return caches.filter((one) => one !== cache);
}
