import type { RoutingState, RoutingTable } from "../contracts/routing.ts";
import { startRegionsRig, type RegionsRig } from "./regions-rig.ts";

type Side = "west" | "east";

/** Two regions over a passive pair: west with the primary, east with its read-only replica. */
export type AppRig = RegionsRig<Side> & {
  route(version: number, servedBy: Side, fencingToken?: number): Promise<RoutingState>;
};

/** Everybody is served by one region; the other one is outside the table. */
export function tableServedBy(region: Side): RoutingTable {
  return { users: { west: region, east: region }, caches: { [region]: `${region}-cache` } };
}

export async function startAppRig(originDelayMs = 20): Promise<AppRig> {
  const rig = await startRegionsRig<Side>({
    regions: ["west", "east"],
    originDelayMs,
    redisArgs: (region, ports) => (region === "east" ? ["--replicaof", "127.0.0.1", String(ports["west-cache"])] : []),
  });
  return {
    ...rig,
    route: (version, servedBy, fencingToken = 1) => rig.put({ version, fencingToken, table: tableServedBy(servedBy) }),
  };
}
