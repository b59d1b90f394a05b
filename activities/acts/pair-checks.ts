import type { PairTopology } from "../../scenarios/schema.ts";
import { linkStates } from "../clients/arm-link.ts";
import type { ActivityDeps } from "../deps.ts";

/** One look of the preflight: what was found, or why it is not right. */
export type Check = { readonly name: string; readonly target: string; readonly look: () => Promise<unknown> };

export function pairChecks(deps: ActivityDeps, topology: PairTopology): Check[] {
  const { primary } = topology;
  return [
    { name: "replication-healthy", target: primary, look: () => replicationHealthy(deps, primary) },
    { name: "caches-compatible", target: primary, look: () => compatible(deps, topology) },
  ];
}

async function replicationHealthy(deps: ActivityDeps, primary: string): Promise<string[]> {
  const states = await linkStates(await deps.arm(), deps.armScope.resourceGroup, primary);
  if (states.length !== 1 || states[0] !== "Succeeded")
    throw new Error(`links of ${primary}: ${states.join(", ") || "none"}`);
  return states;
}

/** Both Premium (P02), same subscription (P03), the secondary at least as large as the primary (P04). */
async function compatible(deps: ActivityDeps, topology: PairTopology): Promise<Record<string, unknown>> {
  const arm = await deps.arm();
  const group = deps.armScope.resourceGroup;
  const [one, other] = await Promise.all([
    arm.redis.get(group, topology.primary),
    arm.redis.get(group, topology.secondary),
  ]);
  const skus = { primary: one.sku, secondary: other.sku };
  if (one.sku.name !== "Premium" || other.sku.name !== "Premium") throw new Error("both caches must be Premium (P02)");
  if (other.sku.capacity < one.sku.capacity) throw new Error("the secondary is smaller than the primary (P04)");
  return skus;
}
