import type { RoutingTable } from "../contracts/routing.ts";
import type { Place } from "./pair.ts";
import type { GroupTopology } from "./schema.ts";

/** The members, by cache and region, in the scenario's order. */
export function membersOf(topology: GroupTopology): Place[] {
  return topology.caches.map(({ name, region }) => ({ cache: name, region }));
}

/**
 * Users are served by the member of their region, and while it is not healthy by the nearest that is (A03). Without the
 * region of a member that was unlinked: it may look healthy once its region is back, but what it takes is lost (A24).
 */
export function groupRoutingTable(topology: GroupTopology, without?: string): RoutingTable {
  const members = topology.caches.filter(({ region }) => region !== without);
  const nearest = new Map(topology.regions.map((region) => [region.name, nearestFirst(members, region)]));
  const users = Object.fromEntries([...nearest].map(([region, [home = region]]) => [region, home]));
  const fallbacks = Object.fromEntries(
    [...nearest].flatMap(([region, [, ...others]]) => (others.length > 0 ? [[region, others] as const] : [])),
  );
  const caches = Object.fromEntries(members.map(({ name, region }) => [region, name]));
  return { users, fallbacks, caches };
}

function nearestFirst(members: GroupTopology["caches"], from: GroupTopology["regions"][number]): string[] {
  const distanceMs = (region: string): number => (region === from.name ? -1 : (from.wanLatencyMs[region] ?? 0));
  return members.map(({ region }) => region).toSorted((one, other) => distanceMs(one) - distanceMs(other));
}
