import { LifeboatError } from "../../../base/errors.ts";
import type { RegionMember } from "../../../contracts/lab.ts";
import { cacheUsers, type CacheHost } from "../../hosts/cache-host.ts";
import type { MemberProcesses } from "../../hosts/member-processes.ts";
import type { MemberConfig, MembershipOrder } from "../../replication/active/member/api.ts";
import type { CacheRuntime } from "../cache-runtime.ts";
import type { LinkKeeper } from "../link-keeper.ts";
import type { Locks } from "../locks.ts";
import type { EnterpriseCache } from "../model.ts";
import type { Store } from "../store.ts";
import { memberLinkId } from "../wanted-links.ts";
import { redisPolicy } from "./eviction.ts";
import { standingOf } from "./membership.ts";
import type { GroupDoc } from "./model.ts";

const LOOPBACK = "127.0.0.1";

export type MemberRuntime = ReturnType<typeof createMemberRuntime>;

export type MemberRuntimeOptions = {
  readonly store: Store;
  readonly runtime: CacheRuntime;
  readonly host: CacheHost;
  readonly processes: MemberProcesses;
  readonly links: LinkKeeper;
  readonly locks: Locks;
};

/** What a member consists of: its redis-server, its syncer and its pulse. */
export function createMemberRuntime({ store, runtime, host, processes, links, locks }: MemberRuntimeOptions) {
  /** What a member is told of the others. @throws NOT_FOUND for one that is in no group, UNAVAILABLE without network */
  async function orderFor(cache: string): Promise<MembershipOrder> {
    const { group } = memberOf(store, cache);
    const standing = standingOf(group, cache);
    if (standing === undefined) throw new LifeboatError("NOT_FOUND", `${cache} is no member of ${group.nickname}`);
    const others = standing.members.filter((one) => one !== cache && store.caches.get(one) !== undefined);
    const peers = others.map(async (member) => ({
      member,
      endpoint: await links.endpointOf(memberLinkId(cache, member)),
    }));
    return { epoch: standing.epoch, peers: await Promise.all(peers) };
  }

  async function configOf(cache: string): Promise<MemberConfig> {
    const { doc, group } = memberOf(store, cache);
    const { endpoint, password } = runtime.adminTarget(cache);
    if (doc.ports === null) throw new LifeboatError("INTERNAL", `member ${cache} has no ports`);
    return {
      member: cache,
      secret: group.secret,
      controlToken: group.controlToken,
      redis: { endpoint, username: cacheUsers.admin, password },
      exchange: { host: LOOPBACK, port: doc.ports.exchange },
      control: { host: LOOPBACK, port: doc.ports.control },
      hostForRedis: await host.replicationListenHost(),
      membership: await orderFor(cache),
      evictionPolicy: redisPolicy(doc.settings.evictionPolicy),
      maxmemoryBytes: doc.maxmemoryBytes,
      clockOffsetMs: 0,
      conflictsFile: processes.conflictsFile(cache),
    };
  }

  return {
    orderFor,
    /**
     * Whatever of it is dead is started again: an empty redis takes over the group's data, closed to clients (A08).
     * Answers whether its redis was dead.
     */
    keep: async (cache: string): Promise<boolean> => {
      return await locks.exclusive(cache, async () => {
        const { doc, group } = memberOf(store, cache);
        const isWanted = doc.provisioningState !== "Deleting" && standingOf(group, cache) !== undefined;
        if (!isWanted || !isAvailable(store, doc)) return false;
        const isWhole = await runtime.refresh(doc);
        if (!isWhole) await runtime.startEmpty(doc);
        if (!isWhole || (await processes.adopt(cache)).length < 2) await processes.start(await configOf(cache));
        return !isWhole;
      });
    },
    /** Ends all of it at once and starts it without data. */
    startAnew: async (cache: string): Promise<void> => {
      await locks.exclusive(cache, async () => {
        await processes.stop(cache);
        await runtime.startEmpty(memberOf(store, cache).doc);
        await processes.start(await configOf(cache));
      });
    },
    /** Ends syncer and pulse, for others to go on; its redis stays as it is. */
    endProcesses: async (cache: string): Promise<void> =>
      await locks.exclusive(cache, async () => await processes.end(cache)),
    stop: async (cache: string): Promise<void> =>
      await locks.exclusive(cache, async () => {
        await processes.stop(cache);
        await runtime.stop(cache);
      }),
    /** Its processes beside redis, as parts of its region's fate. */
    processesOf: async (cache: string): Promise<RegionMember[]> => await processes.adopt(cache),
  };
}

/** @throws NOT_FOUND */
export function memberOf(store: Store, cache: string): { doc: EnterpriseCache; group: GroupDoc } {
  const doc = store.caches.get(cache);
  const nickname = doc?.service === "enterprise" ? doc.group : null;
  const group = nickname === null ? undefined : store.groups.get(nickname);
  if (doc?.service !== "enterprise" || group === undefined) {
    throw new LifeboatError("NOT_FOUND", `${cache} is in no group`);
  }
  return { doc, group };
}

export function isAvailable(store: Store, doc: Pick<EnterpriseCache, "region">): boolean {
  return store.regions.get(doc.region)?.available ?? false;
}
