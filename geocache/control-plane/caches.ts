import { LifeboatError } from "../../base/errors.ts";
import { newSecret } from "../../base/ids.ts";
import type { CacheRuntime } from "./cache-runtime.ts";
import type { LinkKeeper } from "./link-keeper.ts";
import type { Locks } from "./locks.ts";
import type { CacheDoc } from "./model.ts";
import { p17MayRestartEmpty } from "./rules/roles.ts";
import type { Store } from "./store.ts";

export type CachesOptions = {
  readonly store: Store;
  readonly runtime: CacheRuntime;
  readonly links: LinkKeeper;
  readonly locks: Locks;
};

export type Caches = ReturnType<typeof createCaches>;

/** The life of a cache. Each step may be repeated after a crash. */
export function createCaches({ store, runtime, links, locks }: CachesOptions) {
  function isAvailable(doc: CacheDoc): boolean {
    return store.regions.get(doc.region)?.available ?? false;
  }

  return {
    /** Notes a new cache with its keys; `create` then makes it run. */
    note(doc: CacheDoc): void {
      store.keys.put(doc.name, {
        adminPassword: newSecret(),
        clientPassword: newSecret(),
        replicationPassword: newSecret(),
      });
      store.caches.put(doc.name, doc);
    },
    async create(name: string): Promise<void> {
      await locks.exclusive(name, async () => {
        const doc = existing(store, name);
        try {
          // One that was adopted in mid-start, after a crash of ours, may not answer yet; it holds nothing to be kept.
          if (!(await runtime.refresh(doc)) || !(await runtime.answers(name))) await runtime.startEmpty(doc);
          await links.ensure();
        } catch (error) {
          setState(store, name, "Failed");
          throw error;
        }
        setState(store, name, "Succeeded");
      });
    },
    async remove(name: string): Promise<void> {
      if (store.caches.get(name) === undefined) return;
      setState(store, name, "Deleting");
      await locks.exclusive(name, async () => {
        await runtime.stop(name);
        store.caches.delete(name);
        store.keys.delete(name);
      });
      // Its links are not waited for: the reconciler removes what the network keeps back now.
      await links.ensure().catch(() => undefined);
    },
    /** Restarts a cache, which loses its memory. @throws CONFLICT while its region is down */
    async forceReboot(name: string): Promise<void> {
      await locks.exclusive(name, async () => {
        const doc = existing(store, name);
        if (!isAvailable(doc)) throw new LifeboatError("CONFLICT", `region ${doc.region} is not available`);
        await runtime.startEmpty(doc);
        await links.ensure();
      });
    },
    /** What the platform does for a dead cache by itself. Returns whether the cache runs now. */
    async restartIfDead(name: string): Promise<boolean> {
      return await locks.exclusive(name, async () => {
        const doc = store.caches.get(name);
        if (doc?.provisioningState !== "Succeeded") return false;
        if (await runtime.refresh(doc)) return true;
        if (!isAvailable(doc) || !p17MayRestartEmpty(name, store.links.all())) return false;
        await runtime.startEmpty(doc);
        return true;
      });
    },
  };
}

function existing(store: Store, name: string): CacheDoc {
  const doc = store.caches.get(name);
  if (doc === undefined) throw new LifeboatError("NOT_FOUND", `there is no cache ${name}`);
  return doc;
}

export function setState(store: Store, name: string, provisioningState: CacheDoc["provisioningState"]): void {
  const doc = store.caches.get(name);
  if (doc !== undefined) store.caches.put(name, { ...doc, provisioningState });
}
