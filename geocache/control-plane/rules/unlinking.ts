import type { MemberView } from "../../../contracts/groups.ts";
import type { GroupDoc } from "../groups/model.ts";
import { firstRefusal, refuseField, refuseNow, type Refusal, type Rule } from "./refusal.ts";

/** What the members said when they were asked a moment ago; null for one that did not answer. */
type Views = ReadonlyMap<string, MemberView | null>;

export type ForceUnlinkRequest = {
  /** The member that is asked for it. */
  readonly own: string;
  readonly ids: readonly string[];
  /** The member that the id names. */
  readonly target: string | undefined;
  readonly group: GroupDoc | undefined;
  readonly views: Views;
};

/** A peer that answers now and was heard by anybody within this time is not dead. */
const HEARD_LATELY_MS = 5000;

/** A21: one at a time. */
const a21OneId: Rule<ForceUnlinkRequest> = ({ ids }) =>
  ids.length === 1 ? undefined : refuseField("A21", "ids", `${ids.length} ids must be exactly one.`);

/** A21: not the one that is asked. */
const a21NotItself: Rule<ForceUnlinkRequest> = ({ own, target }) =>
  own === target ? refuseField("A21", "ids[0]", `${own} must be another member: none unlinks itself.`) : undefined;

/** A21: a member of the same group. */
const a21MemberOfGroup: Rule<ForceUnlinkRequest> = ({ ids, target, group }) =>
  group?.members.some((member) => member.cache === target)
    ? undefined
    : refuseField("A21", "ids[0]", `'${ids[0] ?? ""}' must be the id of a member of the group, case included.`);

/** A21: on a member that is still there. */
const a21StartedOnAvailable: Rule<ForceUnlinkRequest> = ({ own, views }) =>
  views.get(own) ? undefined : refuseNow("A21", `${own} does not answer: start on a member that is available.`);

/** A21: only one that is unavailable. */
const a21NotAlive: Rule<ForceUnlinkRequest> = ({ target = "", views }) =>
  isAlive(target, views)
    ? refuseNow("A21", `${target} is alive and linked: delete it to take it out of the group (A20).`)
    : undefined;

/**
 * Somebody is connected to it; or it answers, and was heard by somebody just now. One that says itself that it has no
 * data to serve is not alive in this sense.
 */
function isAlive(target: string, views: Views): boolean {
  if (["failed", "joining"].includes(views.get(target)?.phase ?? "")) return false;
  const seen = [...views].flatMap(([, view]) => view?.peers.filter((peer) => peer.member === target) ?? []);
  if (seen.some((peer) => peer.state === "connected")) return true;
  const heard = seen.some((peer) => peer.heardAgoMs !== null && peer.heardAgoMs < HEARD_LATELY_MS);
  return heard && (views.get(target) ?? null) !== null;
}

export function refusalToForceUnlink(request: ForceUnlinkRequest): Refusal | undefined {
  return firstRefusal([a21OneId, a21NotItself, a21MemberOfGroup, a21StartedOnAvailable, a21NotAlive], request);
}

/** A20: a member leaves by being deleted, while everybody is there to take over what only it has. */
export const a20LeavesWhileAllAreThere: Rule<{ own: string; views: Views }> = ({ own, views }) => {
  const absent = [...views].filter(([, view]) => view?.phase !== "open").map(([cache]) => cache);
  if (absent.includes(own)) {
    return refuseNow(
      "A20",
      `${own} does not answer as an open member: force-unlink it on one that does (A21), then delete it.`,
    );
  }
  return absent.length === 0
    ? undefined
    : refuseNow("A20", `${absent.join(", ")} must be reachable and open for ${own} to leave.`);
};
