import type { GroupDoc } from "../../groups/model.ts";
import type { EnterpriseCache } from "../../model.ts";
import { refusalToJoin, type GroupRequest } from "../../rules/grouping.ts";
import { refuseNow } from "../../rules/refusal.ts";
import type { ArmContext } from "../context.ts";
import { allow } from "../errors.ts";
import { candidateOf, databaseOf } from "./context.ts";
import { viewsOf } from "./leaving.ts";

export type AskedGroup = {
  readonly groupNickname: string;
  readonly linkedDatabases: readonly { readonly id: string }[];
};

/**
 * A new or a present database may be in the group that it asks for. The answer looks once more: of two requests at once
 * the second one finds what the first one noted, if nothing is waited for in between. @throws ArmError
 */
export async function allowToJoin(context: ArmContext, own: EnterpriseCache, asked: AskedGroup): Promise<() => void> {
  const check = (): void => allow(refusalToJoin(requestOf(context, own, asked)));
  check();
  const group = context.store.groups.get(asked.groupNickname);
  const views = await viewsOf(context, group, () => true);
  const absent = [...views].filter(([, view]) => view?.phase !== "open").map(([cache]) => cache);
  if (absent.length > 0) {
    const reason = `${absent.join(", ")} must be reachable and open for another member to join`;
    allow(refuseNow("A15", reason));
  }
  return check;
}

function requestOf(context: ArmContext, own: EnterpriseCache, asked: AskedGroup): GroupRequest {
  const { store, profile } = context;
  const group = store.groups.get(asked.groupNickname);
  return {
    own: candidateOf(store, own),
    nickname: asked.groupNickname,
    linked: asked.linkedDatabases.map(({ id }) => id),
    profile,
    group,
    members: group === undefined ? [] : membersOf(context, group),
  };
}

/** Those that are on their way into the group count as members. */
function membersOf({ store }: ArmContext, group: GroupDoc): GroupRequest["members"] {
  const isJoining = (doc: EnterpriseCache): boolean =>
    doc.group === group.nickname && ["Creating", "Updating"].includes(doc.provisioningState);
  const names = new Set(group.members.map((member) => member.cache));
  const docs = store.caches.all().filter((doc) => doc.service === "enterprise");
  return docs
    .filter((doc) => names.has(doc.name) || isJoining(doc))
    .map((doc) => ({ ...candidateOf(store, doc), isReady: doc.provisioningState === "Succeeded" }));
}

/** The member that an id names, letter by letter. */
export function memberWithId({ store }: ArmContext, group: GroupDoc | undefined, id: string): string | undefined {
  const names = [...(group?.members ?? []), ...(group?.former ?? [])].map(({ cache }) => cache);
  return names.find((name) => {
    const doc = databaseOf(store, name);
    return doc !== undefined && candidateOf(store, doc).id === id;
  });
}
