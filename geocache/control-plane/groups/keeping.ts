import { messageOf } from "../../../base/errors.ts";
import type { Logger } from "../../../base/log.ts";
import type { MemberView } from "../../../contracts/groups.ts";
import type { CacheRuntime } from "../cache-runtime.ts";
import type { Store } from "../store.ts";
import type { createFlushing } from "./flushing.ts";
import type { MemberClient } from "./member-client.ts";
import { isAvailable, type MemberRuntime } from "./member-runtime.ts";
import type { GroupDoc } from "./model.ts";
import type { Orders } from "./orders.ts";

export type KeepingOptions = {
  readonly store: Store;
  readonly runtime: CacheRuntime;
  readonly client: MemberClient;
  readonly members: MemberRuntime;
  readonly orders: Orders;
  readonly flushing: ReturnType<typeof createFlushing>;
  readonly log: Logger;
};

/** Holds the members of groups to what is noted: they run, they know the membership, and somebody has the data. */
export function createKeeping(options: KeepingOptions) {
  const { store, runtime, client, members, orders, flushing, log } = options;

  function isSettled(cache: string): boolean {
    return store.caches.get(cache)?.provisioningState === "Succeeded";
  }

  /** What a member says of itself, after it was told what it did not know yet. */
  async function keepMember(group: GroupDoc, cache: string): Promise<MemberView | null> {
    await members.keep(cache);
    const view = await client.view(cache);
    if (view === null) return null;
    if (group.flush?.unwiped.includes(cache) === true) await flushing.wipe(cache);
    else if (view.epoch < group.epoch || (await orders.isToldOtherwise(cache))) await orders.tell(cache);
    return view;
  }

  /** Whether nothing is left to wait for: each member has just come back empty, or is dead for certain. */
  async function isLost(group: GroupDoc, views: readonly (MemberView | null)[]): Promise<boolean> {
    if (!views.some((view) => view?.phase === "joining")) return false;
    const lost = group.members.map(async ({ cache }, at) => {
      if (views[at] !== null) return views[at]?.phase === "joining";
      const doc = store.caches.get(cache);
      return doc !== undefined && !isAvailable(store, doc) && !(await runtime.refresh(doc));
    });
    return (await Promise.all(lost)).every(Boolean);
  }

  async function keepGroup(group: GroupDoc): Promise<void> {
    const attempt = async (cache: string, work: () => Promise<MemberView | null>): Promise<MemberView | null> =>
      await work().catch((error: unknown) => {
        log.debug({ member: cache, reason: messageOf(error) }, "keeping goes on trying");
        return null;
      });
    // A24: who was force-unlinked is kept running, and told nothing.
    const former = group.former.map(({ cache }) =>
      attempt(cache, async () => (isSettled(cache) ? await members.keep(cache).then(() => null) : null)),
    );
    const views = await Promise.all(
      group.members.map(({ cache }) =>
        attempt(cache, async () => (isSettled(cache) ? await keepMember(group, cache) : null)),
      ),
    );
    await Promise.all(former);
    if (await isLost(group, views)) await startOver(group, views);
  }

  /** One member starts without data; the others join it. */
  async function startOver(group: GroupDoc, views: readonly (MemberView | null)[]): Promise<void> {
    const [first] = group.members
      .filter((_, at) => views[at] !== null)
      .map(({ cache }) => cache)
      .toSorted();
    if (first === undefined) return;
    log.error({ group: group.nickname }, "every member came back empty: the group's data is lost");
    orders.change(group.nickname, (now) => ({ ...now, totalLoss: true }));
    await client.startEmpty(first);
  }

  return {
    /** One round over all groups; what fails is tried again in the next. */
    keepAll: async (): Promise<void> => {
      await Promise.all(store.groups.all().map(keepGroup));
    },
  };
}
