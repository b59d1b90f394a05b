import type { RedisManagementClient } from "@azure/arm-rediscache";
import type { ActivityDeps } from "../deps.ts";
import type { Pair } from "../../scenarios/pair.ts";

const POLL_MS = 50;

/** Links the pair from its primary (P27) and waits until both sides say Succeeded (P29). */
export async function linkPair(deps: ActivityDeps, pair: Pair, abortSignal?: AbortSignal): Promise<void> {
  const arm = await deps.arm();
  const { resourceGroup } = deps.armScope;
  const secondary = await arm.redis.get(resourceGroup, pair.secondary.cache);
  const { id, location } = secondary;
  await arm.linkedServer.beginCreateAndWait(
    resourceGroup,
    pair.primary.cache,
    pair.secondary.cache,
    { linkedRedisCacheId: id ?? "", linkedRedisCacheLocation: location, serverRole: "Secondary" },
    { updateIntervalInMs: POLL_MS, ...(abortSignal ? { abortSignal } : {}) },
  );
}

/** Unlinks the pair; the secondary keeps what it had received (P18, P36). Without a link a no-op. */
export async function unlinkPair(deps: ActivityDeps, pair: Pair, abortSignal?: AbortSignal): Promise<void> {
  const arm = await deps.arm();
  const { resourceGroup } = deps.armScope;
  if ((await linkStates(arm, resourceGroup, pair.primary.cache)).length === 0) return;
  await arm.linkedServer.beginDeleteAndWait(resourceGroup, pair.primary.cache, pair.secondary.cache, {
    updateIntervalInMs: 20,
    ...(abortSignal ? { abortSignal } : {}),
  });
}

/** The provisioning states of a cache's links: empty when it is linked with none. */
export async function linkStates(arm: RedisManagementClient, group: string, cache: string): Promise<string[]> {
  const states: string[] = [];
  for await (const link of arm.linkedServer.list(group, cache)) states.push(link.provisioningState ?? "unknown");
  return states;
}
