import { LifeboatError, messageOf } from "../../../base/errors.ts";
import type { Logger } from "../../../base/log.ts";
import { waitFor } from "../../../base/waits.ts";
import type { LinkKeeper } from "../link-keeper.ts";
import type { Store } from "../store.ts";
import type { MemberClient } from "./member-client.ts";
import { memberOf, type MemberRuntime } from "./member-runtime.ts";
import { isUnwiped } from "./membership.ts";
import type { GroupDoc } from "./model.ts";

const RETRY_MS = 100;

export type OrdersOptions = {
  readonly store: Store;
  readonly links: LinkKeeper;
  readonly client: MemberClient;
  readonly members: MemberRuntime;
  readonly log: Logger;
  readonly signal: AbortSignal;
};

export type Orders = ReturnType<typeof createOrders>;

/** Tells members the membership that holds: at each change those that are reached, the others as soon as they are. */
export function createOrders({ store, links, client, members, log, signal }: OrdersOptions) {
  /** The last order of each that it has confirmed. */
  const confirmed = new Map<string, string>();

  /** @throws UNAVAILABLE for one that is still to be flushed: with a new membership it would keep what it has */
  async function tell(cache: string): Promise<void> {
    if (isUnwiped(memberOf(store, cache).group, cache)) {
      throw new LifeboatError("UNAVAILABLE", `${cache} is still to be flushed`);
    }
    const order = await members.orderFor(cache);
    await client.order(cache, order);
    confirmed.set(cache, JSON.stringify(order));
  }

  return {
    /** Changes what is noted of a group; without the group nothing. */
    change(nickname: string, changed: (group: GroupDoc) => GroupDoc): GroupDoc | undefined {
      const group = store.groups.get(nickname);
      if (group === undefined) return undefined;
      const now = changed(group);
      store.groups.put(nickname, now);
      return now;
    },
    tell,
    /** Whether the member was told by this process, and nothing that it was told differs now. */
    async isToldOtherwise(cache: string): Promise<boolean> {
      const known = confirmed.get(cache);
      return known !== undefined && known !== JSON.stringify(await members.orderFor(cache));
    },
    /** Each of them has confirmed. @throws TIMED_OUT naming one that has not */
    async tellAll(caches: readonly string[], timeoutMs: number): Promise<void> {
      await links.ensure();
      await Promise.all(
        caches.map((cache) => {
          const what = `${cache} to confirm the membership`;
          return waitFor(() => tell(cache).then(() => true), { what, timeoutMs, intervalMs: RETRY_MS, signal });
        }),
      );
    },
    /** Everybody who is reached within a moment; the reconciler tells the others. */
    async tellReachable(caches: readonly string[]): Promise<void> {
      await links.ensure();
      await Promise.all(
        caches.map((cache) =>
          tell(cache).catch((error: unknown) => {
            log.warn({ member: cache, reason: messageOf(error) }, "not told of the membership yet");
          }),
        ),
      );
    },
  };
}
