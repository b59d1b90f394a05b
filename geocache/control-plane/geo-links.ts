import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../../base/log.ts";
import { messageOf } from "../../base/errors.ts";
import { keepIndependent, keepSecondary, promote, type SyncProgress } from "../replication/passive/roles.ts";
import { secretsOf, type CacheRuntime } from "./cache-runtime.ts";
import type { LinkKeeper } from "./link-keeper.ts";
import type { Locks } from "./locks.ts";
import type { LinkDoc } from "./model.ts";
import { p30TouchedByLink, p38RoleOf } from "./rules/roles.ts";
import { p01LinkOf } from "./rules/states.ts";
import type { Store } from "./store.ts";
import { replicationLinkId } from "./wanted-links.ts";

/** Bound of every word with a redis-server: a frozen one accepts and stays silent. */
const REDIS_TIMEOUT_MS = 1000;
const SYNC_POLL_MS = 20;
/** The real service needs 5 to 10 minutes for 53 GB (P35). */
const LINKING_TIMEOUT_MS = 30 * 60_000;

export type GeoLinks = {
  /** Begins to link; done when the link's state is no longer Creating. */
  link(primary: string, secondary: string): LinkDoc;
  /** Lets the secondary go at once. Neither the primary nor the network is asked or waited for (P39). */
  unlink(primary: string, secondary: string): Promise<void>;
  /** Makes the redis-server play the role that the links give it. */
  keepInRole(cache: string): Promise<SyncProgress | "independent">;
  /** Takes up again the links that a killed control plane left in the making. */
  resume(): void;
};

export type GeoLinksOptions = {
  readonly store: Store;
  readonly runtime: CacheRuntime;
  readonly links: LinkKeeper;
  readonly locks: Locks;
  readonly log: Logger;
  readonly signal: AbortSignal;
};

/** Geo-replication links between passive pairs. */
export function createGeoLinks(options: GeoLinksOptions): GeoLinks {
  const { store, runtime, locks, log, signal } = options;

  async function keepInRole(cache: string): Promise<SyncProgress | "independent"> {
    // The links are read under the lock: an unlink in between must not be undone.
    return await locks.exclusive(cache, async () => {
      const all = store.links.all();
      const link = p01LinkOf(cache, all);
      const target = runtime.adminTarget(cache);
      if (link === undefined || p38RoleOf(cache, all) !== "secondary") {
        await keepIndependent(target, REDIS_TIMEOUT_MS);
        return "independent";
      }
      const endpoint = await options.links.endpointOf(replicationLinkId(link));
      const { replicationPassword } = secretsOf(store, link.primary);
      return await keepSecondary(target, { endpoint, replicationPassword }, REDIS_TIMEOUT_MS);
    });
  }

  async function finishLinking(key: string): Promise<void> {
    const deadlineMs = performance.now() + LINKING_TIMEOUT_MS;
    while (!signal.aborted && isCreating(key)) {
      const link = store.links.get(key);
      if (link === undefined) return;
      const progress = await keepInRole(link.secondary).catch((error: unknown) => {
        log.debug({ link: key, reason: messageOf(error) }, "linking goes on trying");
        return undefined;
      });
      if (signal.aborted) return;
      if (progress === "in-sync" && isCreating(key)) return store.links.put(key, { ...link, state: "Succeeded" });
      if (performance.now() > deadlineMs && isCreating(key)) return store.links.put(key, { ...link, state: "Failed" });
      await sleep(SYNC_POLL_MS);
    }
  }

  function isCreating(key: string): boolean {
    return store.links.get(key)?.state === "Creating";
  }

  function startFinishing(key: string): void {
    finishLinking(key).catch((error: unknown) => log.error({ link: key, err: error }, "linking failed"));
  }

  return {
    keepInRole,
    link(primary, secondary) {
      const doc: LinkDoc = { primary, secondary, state: "Creating" };
      store.links.put(linkKey(doc), doc);
      startFinishing(linkKey(doc));
      return doc;
    },
    async unlink(primary, secondary) {
      const key = linkKey({ primary, secondary });
      const link = store.links.get(key);
      if (link === undefined) return;
      store.links.put(key, { ...link, state: "Deleting" });
      const touched = p30TouchedByLink(link);
      try {
        await locks.exclusive(touched, () => promote(runtime.adminTarget(touched), REDIS_TIMEOUT_MS));
      } catch (error) {
        // The reconciler promotes it as soon as it answers again.
        log.warn({ cache: touched, reason: messageOf(error) }, "secondary did not answer while it was unlinked");
      }
      store.links.delete(key);
    },
    resume() {
      for (const link of store.links.all()) if (link.state === "Creating") startFinishing(linkKey(link));
    },
  };
}

export function linkKey(link: Pick<LinkDoc, "primary" | "secondary">): string {
  return `${link.primary}~${link.secondary}`;
}
