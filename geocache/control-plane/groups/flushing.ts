import { LifeboatError, messageOf } from "../../../base/errors.ts";
import { withAdmin } from "../../hosts/admin-connection.ts";
import type { CacheRuntime } from "../cache-runtime.ts";
import type { Store } from "../store.ts";
import type { MemberClient } from "./member-client.ts";
import { memberOf, type MemberRuntime } from "./member-runtime.ts";
import { withFlush, withWiped } from "./membership.ts";
import type { Orders } from "./orders.ts";

/** Longer than the wiping of all members takes, so that nobody writes to one that is wiped after it. */
const HOLD_MS = 20_000;
const REDIS_TIMEOUT_MS = 10_000;

export type FlushingOptions = {
  readonly store: Store;
  readonly runtime: CacheRuntime;
  readonly client: MemberClient;
  readonly members: MemberRuntime;
  readonly orders: Orders;
};

/** A12: a flush by the control plane removes the data of all members, and the group goes on. */
export function createFlushing({ store, runtime, client, members, orders }: FlushingOptions) {
  /** @throws CONFLICT when some member cannot be asked; nothing has changed then, and clients write on */
  async function pauseAll(caches: readonly string[]): Promise<void> {
    const outcomes = await Promise.allSettled(caches.map((cache) => client.pause(cache, HOLD_MS)));
    const failed = caches.filter((_, at) => outcomes[at]?.status === "rejected");
    if (failed.length === 0) return;
    const resumed = caches.map((cache) => client.resume(cache).catch(() => undefined));
    // One that did not answer may hold writes back all the same; it is not waited for again.
    await Promise.all(resumed.filter((_, at) => outcomes[at]?.status === "fulfilled"));
    throw new LifeboatError("CONFLICT", `nothing was flushed: ${failed.join(", ")} cannot be reached (A12)`);
  }

  /** One that was wiped, although its answer was lost, holds what was written since. */
  async function wipe(cache: string): Promise<void> {
    const { nickname, flush } = memberOf(store, cache).group;
    if (flush === null) return;
    const view = await client.view(cache);
    if (view === null) throw new LifeboatError("UNAVAILABLE", `${cache} cannot be reached`);
    const { peers } = await members.orderFor(cache);
    if (view.epoch < flush.epoch) await client.wipe(cache, { epoch: flush.epoch, peers });
    orders.change(nickname, (now) => withWiped(now, cache, flush.epoch));
  }

  async function flushGroup(nickname: string, operation: string): Promise<void> {
    const group = store.groups.get(nickname);
    if (group === undefined) return;
    if (group.flush?.operation !== operation) {
      await pauseAll(group.members.map((member) => member.cache));
      orders.change(nickname, (now) => withFlush(now, operation));
    }
    const unwiped = store.groups.get(nickname)?.flush?.unwiped ?? [];
    const outcomes = await Promise.allSettled(unwiped.map(wipe));
    const failures = unwiped.flatMap((cache, at) => {
      const outcome = outcomes[at];
      return outcome?.status === "rejected" ? [`${cache} (${messageOf(outcome.reason)})`] : [];
    });
    if (failures.length === 0) return;
    const message = `flushed but for ${failures.join(", ")}: what is left goes as soon as it is reached`;
    throw new LifeboatError("UNAVAILABLE", message);
  }

  return {
    wipe,
    /** @throws CONFLICT with nothing changed; UNAVAILABLE naming those that still have data */
    flush: async (cache: string, operation: string): Promise<void> => {
      const doc = store.caches.get(cache);
      if (doc?.service !== "enterprise") return;
      if (doc.group !== null) return await flushGroup(doc.group, operation);
      await withAdmin(runtime.adminTarget(cache), REDIS_TIMEOUT_MS, (redis) => redis.flushall());
    },
  };
}
