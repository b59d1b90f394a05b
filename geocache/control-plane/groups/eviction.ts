import type { EvictionPolicy } from "../../replication/active/member/eviction-policy.ts";
import type { DatabaseSettings } from "./model.ts";

const words: Readonly<Record<DatabaseSettings["evictionPolicy"], EvictionPolicy>> = {
  AllKeysLFU: "allkeys-lfu",
  AllKeysLRU: "allkeys-lru",
  AllKeysRandom: "allkeys-random",
  VolatileLRU: "volatile-lru",
  VolatileLFU: "volatile-lfu",
  VolatileTTL: "volatile-ttl",
  VolatileRandom: "volatile-random",
  NoEviction: "noeviction",
};

/** ARM's word for an eviction policy in redis's own words. */
export function redisPolicy(policy: DatabaseSettings["evictionPolicy"]): EvictionPolicy {
  return words[policy];
}
