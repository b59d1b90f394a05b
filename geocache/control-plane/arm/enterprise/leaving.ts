import type { MemberView } from "../../../../contracts/groups.ts";
import type { GroupDoc } from "../../groups/model.ts";
import { isMember } from "../../groups/membership.ts";
import type { EnterpriseCache } from "../../model.ts";
import { a20LeavesWhileAllAreThere } from "../../rules/unlinking.ts";
import type { ArmContext } from "../context.ts";
import { allow, ArmError } from "../errors.ts";

/**
 * What every member of a group says now; null for one that cannot be asked. `mustOpen`: those that are waited for, if
 * they are not found open at once.
 */
export async function viewsOf(
  { groups }: ArmContext,
  group: GroupDoc | undefined,
  mustOpen: (cache: string) => boolean,
): Promise<ReadonlyMap<string, MemberView | null>> {
  const viewOf = (cache: string): Promise<MemberView | null> =>
    mustOpen(cache) ? groups.patientView(cache) : groups.view(cache);
  const caches = group?.members.map((member) => member.cache) ?? [];
  return new Map(await Promise.all(caches.map(async (cache) => [cache, await viewOf(cache)] as const)));
}

/** A20. One that is in no group, that is alone in it or was force-unlinked goes as it is. @throws ArmError 409 */
export async function allowToLeave(context: ArmContext, doc: EnterpriseCache): Promise<void> {
  const group = doc.group === null ? undefined : context.store.groups.get(doc.group);
  if (group === undefined || !isMember(group, doc.name) || group.members.length === 1) return;
  if (doc.provisioningState === "Deleting") return;
  if (doc.provisioningState !== "Succeeded") throw busy(doc);
  allow(a20LeavesWhileAllAreThere({ own: doc.name, views: await viewsOf(context, group, () => true) }));
}

export function busy(doc: EnterpriseCache): ArmError {
  const message = `The database of ${doc.displayName} is ${doc.provisioningState}: wait until that has ended.`;
  return new ArmError(409, "Conflict", { message });
}
