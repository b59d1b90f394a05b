import { groupViewSchema, type GroupView, type MemberView } from "../../contracts/groups.ts";
import type { ActivityDeps } from "../deps.ts";

/** What a group shows of itself, each member asked at this moment. @throws NOT_FOUND */
export async function groupView(deps: ActivityDeps, nickname: string): Promise<GroupView> {
  const path = `/lab/groups/${encodeURIComponent(nickname)}`;
  return deps.lab.call({ method: "GET", path, answer: groupViewSchema });
}

/** The members that answered, except the given ones. */
export function viewsWithout(group: GroupView, left: readonly string[] = []): MemberView[] {
  return group.members.flatMap(({ cache, view }) => (view === null || left.includes(cache) ? [] : [view]));
}

/** Why a group is not whole: empty when all the given members are open, know just each other and hear each other. */
export function whatIsMissing(group: GroupView, wanted: readonly string[]): string[] {
  const sorted = wanted.toSorted().join(", ");
  return wanted.flatMap((cache) => {
    const view = group.members.find((one) => one.cache === cache)?.view;
    if (!view) return [`${cache} does not answer`];
    if (view.phase !== "open") return [`${cache} is ${view.phase}${view.detail === null ? "" : `: ${view.detail}`}`];
    if (view.members.toSorted().join(", ") !== sorted) return [`${cache} knows ${view.members.join(", ")}`];
    return view.peers
      .filter(({ state }) => state !== "connected")
      .map((peer) => `${cache} finds ${peer.member} ${peer.state}`);
  });
}
