import { z } from "zod";

/** What a full cache does, in redis's own words. */
const evictionPolicies = [
  "noeviction",
  "allkeys-lru",
  "allkeys-lfu",
  "allkeys-random",
  "volatile-lru",
  "volatile-lfu",
  "volatile-random",
  "volatile-ttl",
] as const;
export const evictionPolicySchema = z.enum(evictionPolicies);
export type EvictionPolicy = z.infer<typeof evictionPolicySchema>;

/**
 * The policy for the redis-server of a member. Redis would evict the log itself under `allkeys-*` (of 20,000 entries 0
 * to 3 were left), so there the syncer evicts. What never expires is safe under `volatile-*`: the log does not, and LFU
 * counts uses only under a policy of its name.
 */
export function serverPolicy(policy: EvictionPolicy): EvictionPolicy {
  if (policy === "allkeys-lfu") return "volatile-lfu";
  return policy.startsWith("allkeys-") ? "noeviction" : policy;
}
