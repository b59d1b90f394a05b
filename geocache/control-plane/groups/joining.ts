import { LifeboatError, messageOf } from "../../../base/errors.ts";
import type { Logger } from "../../../base/log.ts";
import { waitFor } from "../../../base/waits.ts";
import { setState } from "../caches.ts";
import type { LinkKeeper } from "../link-keeper.ts";
import type { Store } from "../store.ts";
import type { MemberClient } from "./member-client.ts";
import { memberOf, type MemberRuntime } from "./member-runtime.ts";
import { isMember, withJoiner, withLinkState, withoutMember } from "./membership.ts";
import type { GroupDoc } from "./model.ts";
import type { Orders } from "./orders.ts";

const TELL_TIMEOUT_MS = 30_000;
/** The real service takes minutes; a copy of everything over a slow WAN may take as long. */
const JOIN_TIMEOUT_MS = 30 * 60_000;
const LOOK_EVERY_MS = 50;

export type JoiningOptions = {
  readonly store: Store;
  readonly links: LinkKeeper;
  readonly client: MemberClient;
  readonly members: MemberRuntime;
  readonly orders: Orders;
  readonly log: Logger;
  readonly signal: AbortSignal;
};

/** The first member of a group, and those that join it. Each step may be repeated after a crash. */
export function createJoining({ store, links, client, members, orders, log, signal }: JoiningOptions) {
  async function bringIn(cache: string, begin: (cache: string) => Promise<unknown>): Promise<void> {
    const { group } = memberOf(store, cache);
    if (!isMember(group, cache)) {
      await requireAllOpen(client, group);
      orders.change(group.nickname, (now) => withJoiner(now, cache));
    }
    await links.ensure();
    // Everybody counts the newcomer before it takes its copy: what it lacks then is dropped by nobody.
    await orders.tellAll(othersOf(memberOf(store, cache).group, cache), TELL_TIMEOUT_MS);
    await begin(cache);
    await untilOpen(cache);
    orders.change(group.nickname, (now) => withLinkState(now, cache, "Linked"));
  }

  function isStillMember(cache: string): boolean {
    const doc = store.caches.get(cache);
    const group = doc?.service === "enterprise" && doc.group !== null ? store.groups.get(doc.group) : undefined;
    return group !== undefined && isMember(group, cache);
  }

  async function untilOpen(cache: string): Promise<void> {
    const timing = { timeoutMs: JOIN_TIMEOUT_MS, intervalMs: LOOK_EVERY_MS, signal };
    const outcome = await waitFor(
      async () => {
        if (!isStillMember(cache)) return { failure: "it was taken out of the group meanwhile" };
        await members.keep(cache);
        const view = await client.view(cache);
        if (view?.phase === "failed") return { failure: view.detail ?? "its syncer gave up" };
        return view?.phase === "open" && { failure: null };
      },
      { what: `member ${cache} to be open`, ...timing },
    );
    if (outcome.failure !== null) throw new LifeboatError("CONFLICT", `${cache} did not join: ${outcome.failure}`);
  }

  /** As before the attempt, as far as the others are concerned. */
  async function withdraw(cache: string): Promise<void> {
    const { group } = memberOf(store, cache);
    if (group.members.length === 1 && isMember(group, cache)) store.groups.delete(group.nickname);
    else if (isMember(group, cache)) orders.change(group.nickname, (now) => withoutMember(now, cache));
    await members.stop(cache);
    await orders.tellReachable(othersOf(group, cache));
  }

  return {
    /** @throws CONFLICT, TIMED_OUT; the group is then as it was, and the database is Failed */
    async join(cache: string, begin: "keep" | "anew"): Promise<void> {
      try {
        await bringIn(cache, begin === "keep" ? members.keep : members.startAnew);
        setState(store, cache, "Succeeded");
      } catch (error) {
        if (signal.aborted) throw error;
        setState(store, cache, "Failed");
        await withdraw(cache).catch((reason: unknown) => log.warn({ cache, reason: messageOf(reason) }, "withdrawing"));
        throw error;
      }
    },
  };
}

/** A20, and a join: all others must be there. @throws CONFLICT naming those that are not */
export async function requireAllOpen(client: MemberClient, group: GroupDoc, except?: string): Promise<void> {
  const asked = group.members.map(({ cache }) => cache).filter((cache) => cache !== except);
  const views = await Promise.all(asked.map((cache) => client.patientView(cache)));
  const absent = asked.filter((_, at) => views[at]?.phase !== "open");
  if (absent.length === 0) return;
  throw new LifeboatError("CONFLICT", `${absent.join(", ")}: every member must be reachable and open (A15, A20)`);
}

export function othersOf(group: GroupDoc, cache: string): string[] {
  return group.members.map((member) => member.cache).filter((one) => one !== cache);
}
