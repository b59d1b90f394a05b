import type { Logger } from "../../base/log.ts";
import { stamp } from "../../base/clocks.ts";
import { messageOf } from "../../base/errors.ts";
import { waitFor } from "../../base/waits.ts";
import { keepIndependent, keepSecondary, promote } from "../replication/passive/roles.ts";
import type { SyncProgress } from "../replication/passive/serving.ts";
import { secretsOf, type CacheRuntime } from "./cache-runtime.ts";
import { createFirstSync } from "./first-sync.ts";
import type { LinkKeeper } from "./link-keeper.ts";
import type { Locks } from "./locks.ts";
import type { LinkDoc } from "./model.ts";
import { p30TouchedByLink, p38RoleOf } from "./rules/roles.ts";
import { p01LinkOf } from "./rules/states.ts";
import type { Store } from "./store.ts";
import { replicationLinkId } from "./wanted-links.ts";

/** Bound of every word with a redis-server: a frozen one accepts and stays silent. */
const REDIS_TIMEOUT_MS = 1000;
/** A silent secondary is asked again after this long. */
const RELEASE_RETRY_MS = 50;

export type GeoLinks = {
  /** Begins to link; done when the link's state is no longer Creating. */
  link(primary: string, secondary: string): LinkDoc;
  /**
   * Lets the secondary go and returns once it is a primary or is dead. Neither the primary nor the network is asked or
   * waited for (P39). @throws TIMED_OUT when the secondary stays silent; the link is then Failed
   */
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
  /** How long an unlink waits for a silent secondary. */
  readonly unlinkTimeoutMs: number;
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

  const firstSync = createFirstSync({ links: store.links, keepInRole, log, signal });

  /** Whether the cache follows nobody any more. A dead one does not, and it will be started as a regular cache. */
  async function letGo(cache: string): Promise<boolean> {
    return await locks.exclusive(cache, async () => {
      const doc = store.caches.get(cache);
      // Whoever cannot say whether it runs, an engine that has died, does not keep redis itself from obeying.
      if (doc === undefined || !(await runtime.refresh(doc).catch(() => true))) return true;
      return await promote(runtime.adminTarget(cache), REDIS_TIMEOUT_MS);
    });
  }

  async function release(cache: string): Promise<void> {
    const what = `cache ${cache} to be released from its primary`;
    const timing = { timeoutMs: options.unlinkTimeoutMs, intervalMs: RELEASE_RETRY_MS };
    await waitFor(() => letGo(cache), { what, ...timing, signal });
  }

  return {
    keepInRole,
    link(primary, secondary) {
      const fullSync = { started: null, ended: null };
      const doc: LinkDoc = { primary, secondary, state: "Creating", requestedAt: stamp(), fullSync };
      store.links.put(linkKey(doc), doc);
      firstSync.follow(linkKey(doc));
      return doc;
    },
    async unlink(primary, secondary) {
      const key = linkKey({ primary, secondary });
      const link = store.links.get(key);
      if (link === undefined) return;
      store.links.put(key, { ...link, state: "Deleting" });
      // With the whole estate gone meanwhile, the name may belong to a new link.
      const isStillIt = (): boolean => store.links.get(key)?.state === "Deleting";
      try {
        await release(p30TouchedByLink(link));
        if (isStillIt()) store.links.delete(key);
      } catch (error) {
        log.warn({ link: key, reason: messageOf(error) }, "the secondary was not released");
        if (!signal.aborted && isStillIt()) store.links.put(key, { ...link, state: "Failed" });
        throw error;
      }
    },
    resume() {
      for (const link of store.links.all()) if (link.state === "Creating") firstSync.follow(linkKey(link));
    },
  };
}

export function linkKey(link: Pick<LinkDoc, "primary" | "secondary">): string {
  return `${link.primary}~${link.secondary}`;
}
