import { messageOf } from "../../../base/errors.ts";
import type { Logger } from "../../../base/log.ts";
import type { MemberView } from "../../../contracts/groups.ts";
import type { CacheRuntime } from "../cache-runtime.ts";
import type { Store } from "../store.ts";
import type { createFlushing } from "./flushing.ts";
import type { MemberClient } from "./member-client.ts";
import { isAvailable, type MemberRuntime } from "./member-runtime.ts";
import { isUnwiped } from "./membership.ts";
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

  function stateOf(cache: string): string | undefined {
    return store.caches.get(cache)?.provisioningState;
  }

  /** What a member says of itself; one that is not on its way in or out is kept running and told what it lacks. */
  async function keepMember(group: GroupDoc, cache: string): Promise<MemberView | null> {
    if (stateOf(cache) !== "Succeeded") return await client.view(cache);
    const cameBackEmpty = await members.keep(cache);
    if (cameBackEmpty && group.members.length === 1) noteLoss(group);
    const view = await client.view(cache);
    if (view === null) return null;
    if (isUnwiped(group, cache)) await flushing.wipe(cache);
    else if (view.epoch < group.epoch || (await orders.isToldOtherwise(cache))) await orders.tell(cache);
    return view;
  }

  /** Whether nothing is left to wait for: each member has come back empty and lacks the others, or is dead for certain. */
  async function isLost(group: GroupDoc, views: readonly (MemberView | null)[]): Promise<boolean> {
    const isEmpty = (view: MemberView): boolean => view.phase === "joining" && view.peers.length > 0;
    const staying = group.members.flatMap(({ cache }, at) =>
      stateOf(cache) === "Deleting" ? [] : [{ cache, view: views[at] ?? null }],
    );
    if (!staying.some(({ view }) => view !== null && isEmpty(view))) return false;
    const lost = staying.map(async ({ cache, view }) => {
      if (view !== null) return isEmpty(view);
      const doc = store.caches.get(cache);
      return doc !== undefined && !isAvailable(store, doc) && !(await runtime.refresh(doc));
    });
    return (await Promise.all(lost)).every(Boolean);
  }

  function noteLoss({ nickname }: GroupDoc): void {
    log.error({ group: nickname }, "every member came back empty: the group's data is lost");
    orders.change(nickname, (now) => ({ ...now, totalLoss: true }));
  }

  async function keepGroup(group: GroupDoc): Promise<void> {
    const attempt = async <T>(cache: string, work: () => Promise<T>): Promise<T | null> =>
      await work().catch((error: unknown) => {
        log.debug({ member: cache, reason: messageOf(error) }, "keeping goes on trying");
        return null;
      });
    // A24: who was force-unlinked is kept running, and told nothing.
    const former = group.former.filter(({ cache }) => stateOf(cache) === "Succeeded");
    const [views] = await Promise.all([
      Promise.all(group.members.map(({ cache }) => attempt(cache, () => keepMember(group, cache)))),
      Promise.all(former.map(({ cache }) => attempt(cache, () => members.keep(cache)))),
    ]);
    if (await isLost(group, views)) await startOver(group, views);
  }

  /** One member starts without data; the others join it. */
  async function startOver(group: GroupDoc, views: readonly (MemberView | null)[]): Promise<void> {
    const [first] = group.members
      .filter((_, at) => views[at] !== null)
      .map(({ cache }) => cache)
      .toSorted();
    if (first === undefined) return;
    noteLoss(group);
    await client.startEmpty(first);
  }

  return {
    /** One round over all groups; what fails is tried again in the next. */
    keepAll: async (): Promise<void> => {
      await Promise.all(store.groups.all().map(keepGroup));
    },
  };
}
