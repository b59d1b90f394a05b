import { LifeboatError } from "../../../base/errors.ts";
import type { Logger } from "../../../base/log.ts";
import { setState, type Caches } from "../caches.ts";
import type { LinkKeeper } from "../link-keeper.ts";
import type { Store } from "../store.ts";
import { othersOf, requireAllOpen } from "./joining.ts";
import type { MemberClient } from "./member-client.ts";
import { memberOf, type MemberRuntime } from "./member-runtime.ts";
import { isMember, withForceUnlinked, withLinkState, withoutMember } from "./membership.ts";
import type { GroupDoc } from "./model.ts";
import type { Orders } from "./orders.ts";

const LEAVE_TIMEOUT_MS = 30_000;
const FORCE_TIMEOUT_MS = 30_000;

export type LeavingOptions = {
  readonly store: Store;
  readonly caches: Caches;
  readonly links: LinkKeeper;
  readonly client: MemberClient;
  readonly members: MemberRuntime;
  readonly orders: Orders;
  readonly log: Logger;
  readonly signal: AbortSignal;
};

/** How members go: by being deleted (A20) or by force (A21). Each step may be repeated after a crash. */
export function createLeaving({ store, caches, links, client, members, orders, log, signal }: LeavingOptions) {
  /** A20: first everybody has what only this one had. @throws CONFLICT when somebody lacks something */
  async function leave(cache: string): Promise<void> {
    const { group } = memberOf(store, cache);
    orders.change(group.nickname, (now) => withLinkState(now, cache, "Unlinking"));
    await requireAllOpen(client, group, cache);
    const unacknowledged = await client.leave(cache, LEAVE_TIMEOUT_MS);
    if (unacknowledged > 0) {
      throw new LifeboatError("CONFLICT", `${unacknowledged} operations of ${cache} are lacking at some member`);
    }
    const changed = orders.change(group.nickname, (now) => withoutMember(now, cache));
    await orders.tellReachable(changed?.members.map((member) => member.cache) ?? []);
  }

  /** As it was before it was asked to leave. */
  async function stay({ nickname }: GroupDoc, cache: string): Promise<void> {
    orders.change(nickname, (now) => withLinkState(now, cache, "Linked"));
    setState(store, cache, "Succeeded");
    // Its syncer has closed it to clients; a new one goes on where that one was, now or at the reconciler's next round.
    await members.endProcesses(cache);
    await members.keep(cache);
  }

  return {
    /** @throws CONFLICT with the member as it was, when its going would lose what others lack */
    remove: async (cache: string): Promise<void> => {
      const doc = store.caches.get(cache);
      if (doc?.service !== "enterprise") return;
      const group = doc.group === null ? undefined : store.groups.get(doc.group);
      setState(store, cache, "Deleting");
      if (group && isMember(group, cache) && group.members.length > 1) {
        await leave(cache).catch(async (error: unknown) => {
          if (!signal.aborted)
            await stay(group, cache).catch((reason: unknown) => log.warn({ cache, err: reason }, "staying"));
          throw error;
        });
      }
      await members.stop(cache);
      if (doc.group !== null) forget(doc.group, cache);
      await caches.remove(cache);
    },
    /** @throws TIMED_OUT when the member that was asked has not confirmed; the change holds all the same */
    forceUnlink: async (survivor: string, target: string): Promise<void> => {
      const { group } = memberOf(store, survivor);
      if (isMember(group, target)) orders.change(group.nickname, (now) => withForceUnlinked(now, target));
      const { group: now } = memberOf(store, survivor);
      const asked = orders.tellAll([survivor], FORCE_TIMEOUT_MS);
      await Promise.all([asked, orders.tellReachable(othersOf(now, survivor))]);
    },
    /** With the whole estate: nobody is waited for. */
    discard: async (cache: string): Promise<void> => {
      const doc = store.caches.get(cache);
      setState(store, cache, "Deleting");
      if (doc?.service === "enterprise" && doc.group !== null) forget(doc.group, cache);
      await members.stop(cache);
      await caches.remove(cache);
    },
  };

  function forget(nickname: string, cache: string): void {
    const group = store.groups.get(nickname);
    if (group === undefined) return;
    const rest = group.members.filter((member) => member.cache !== cache);
    const former = group.former.filter((one) => one.cache !== cache);
    if (rest.length === 0 && former.length === 0) store.groups.delete(nickname);
    else store.groups.put(nickname, { ...group, members: rest, former });
    void links.ensure().catch(() => undefined);
  }
}
