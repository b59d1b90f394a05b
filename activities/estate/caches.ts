import type { RedisManagementClient } from "@azure/arm-rediscache";
import { pairOf } from "../../scenarios/pair.ts";
import type { PairTopology } from "../../scenarios/schema.ts";
import { linkPair, linkStates } from "../clients/arm-link.ts";
import type { ActivityDeps } from "../deps.ts";

type Cache = PairTopology["caches"][number];

/** Creates both caches and links them; what is there already stays. */
export async function caches(deps: ActivityDeps, topology: PairTopology): Promise<void> {
  const arm = await deps.arm();
  const scale = topology.memoryScale;
  await Promise.all(topology.caches.map((cache) => createCache(deps, arm, { cache, scale })));
  const pair = pairOf(topology);
  const links = await linkStates(arm, deps.armScope.resourceGroup, pair.primary.cache);
  if (!links.includes("Succeeded")) await linkPair(deps, pair);
}

async function createCache(
  deps: ActivityDeps,
  arm: RedisManagementClient,
  wanted: { readonly cache: Cache; readonly scale: number },
): Promise<void> {
  const { cache, scale } = wanted;
  const { resourceGroup } = deps.armScope;
  if (await isReady(arm, resourceGroup, cache.name)) return;
  await arm.redis.beginCreateAndWait(
    resourceGroup,
    cache.name,
    {
      location: cache.region,
      sku: { name: "Premium", family: "P", capacity: Number(cache.sku.slice(1)) },
      tags: { lifeboat: "drill", "lifeboat-memory-scale": String(scale) },
    },
    { updateIntervalInMs: 50 },
  );
}

async function isReady(arm: RedisManagementClient, group: string, name: string): Promise<boolean> {
  try {
    return (await arm.redis.get(group, name)).provisioningState === "Succeeded";
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}
