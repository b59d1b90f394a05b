import type { Logger } from "../../../base/log.ts";
import { withAdmin } from "../../hosts/admin-connection.ts";
import type { CacheHost } from "../../hosts/cache-host.ts";
import type { MemberProcesses } from "../../hosts/member-processes.ts";
import type { CacheRuntime } from "../cache-runtime.ts";
import { setState, type Caches } from "../caches.ts";
import type { LinkKeeper } from "../link-keeper.ts";
import type { Locks } from "../locks.ts";
import type { Store } from "../store.ts";
import { redisPolicy } from "./eviction.ts";
import { createFlushing } from "./flushing.ts";
import { createJoining } from "./joining.ts";
import { createKeeping } from "./keeping.ts";
import { createLeaving } from "./leaving.ts";
import { createMemberClient } from "./member-client.ts";
import { createMemberRuntime } from "./member-runtime.ts";
import { createOrders } from "./orders.ts";

const REDIS_TIMEOUT_MS = 2000;

export type GroupsOptions = {
  readonly store: Store;
  readonly host: CacheHost;
  readonly processes: MemberProcesses;
  readonly runtime: CacheRuntime;
  readonly caches: Caches;
  readonly links: LinkKeeper;
  readonly locks: Locks;
  readonly log: Logger;
  readonly signal: AbortSignal;
};

export type Groups = ReturnType<typeof createGroups>;

/** Databases of the Enterprise service and the groups that they form. */
export function createGroups(options: GroupsOptions) {
  const { store, caches } = options;
  const client = createMemberClient(store, options.links);
  const members = createMemberRuntime(options);
  const parts = { ...options, client, members };
  const orders = createOrders(parts);
  const joining = createJoining({ ...parts, orders });
  const leaving = createLeaving({ ...parts, orders });
  const flushing = createFlushing({ ...parts, orders });
  const keeping = createKeeping({ ...parts, orders, flushing });
  return {
    view: client.view,
    patientView: client.patientView,
    conflicts: client.conflicts,
    processesOf: members.processesOf,
    async create(cache: string): Promise<void> {
      const doc = store.caches.get(cache);
      const isInGroup = doc?.service === "enterprise" && doc.group !== null;
      await (isInGroup ? joining.join(cache, "keep") : caches.create(cache));
    },
    /** Its data is discarded, and it is not available meanwhile (A34). */
    forceLink: async (cache: string): Promise<void> => await joining.join(cache, "anew"),
    /** What of changed settings redis has to know. */
    async update(cache: string): Promise<void> {
      const doc = store.caches.get(cache);
      if (doc?.service !== "enterprise") return;
      const policy = redisPolicy(doc.settings.evictionPolicy);
      if (doc.group === null) {
        const target = options.runtime.adminTarget(cache);
        await withAdmin(target, REDIS_TIMEOUT_MS, (redis) => redis.config("SET", "maxmemory-policy", policy));
      }
      setState(store, cache, "Succeeded");
    },
    remove: leaving.remove,
    /** With its database. @throws CONFLICT as `remove`; the cluster then stays */
    async removeCluster(name: string): Promise<void> {
      const cluster = store.clusters.get(name);
      if (cluster === undefined) return;
      store.clusters.put(name, { ...cluster, provisioningState: "Deleting" });
      try {
        await leaving.remove(name);
        store.clusters.delete(name);
      } catch (error) {
        if (!options.signal.aborted) store.clusters.put(name, { ...cluster, provisioningState: "Succeeded" });
        throw error;
      }
    },
    discard: leaving.discard,
    forceUnlink: leaving.forceUnlink,
    flush: flushing.flush,
    keepAll: keeping.keepAll,
  };
}
