import { stamp } from "../../../../base/clocks.ts";
import type { MemberView } from "../../../../contracts/groups.ts";
import type { RedisClient } from "../store/redis-client.ts";
import type { Syncer } from "../syncer/syncer.ts";
import type { MemberConfig } from "./api.ts";
import type { ConflictList } from "./conflict-list.ts";
import { readMemory } from "./redis-memory.ts";

type ViewInput = {
  readonly config: MemberConfig;
  readonly conflicts: ConflictList;
  readonly redis: RedisClient;
  readonly syncer: Syncer | undefined;
};

/** What this member says of itself now, also while its syncer starts. */
export async function viewOf({ config, conflicts, redis, syncer }: ViewInput): Promise<MemberView> {
  const memory = await readMemory(redis);
  return {
    ...(syncer === undefined ? beforeStart(config) : await syncer.view()),
    conflicts: conflicts.total,
    usedMemoryBytes: memory.usedBytes,
    rssBytes: memory.rssBytes,
    maxmemoryBytes: memory.maxmemoryBytes,
    syncerRssBytes: process.memoryUsage.rss(),
    at: stamp(),
  };
}

function beforeStart({ member, membership }: MemberConfig) {
  return {
    member,
    origin: member,
    phase: "joining" as const,
    detail: "the syncer starts",
    epoch: membership.epoch,
    members: [member, ...membership.peers.map((peer) => peer.member)].toSorted(),
    peers: [],
    issued: 0,
    applied: [],
    logBytes: 0,
  };
}
