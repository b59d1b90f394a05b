import type { RoutingTable } from "../contracts/routing.ts";
import type { Place } from "./pair.ts";
import type { GroupTopology, Topology } from "./schema.ts";

/** @throws an Error for a passive pair: whoever asks has not looked at the topology's kind */
export function groupTopology(topology: Topology): GroupTopology {
  if (topology.kind !== "active-group") throw new Error(`an active group is needed, this is a ${topology.kind}`);
  return topology;
}

/** The members, by cache and region, in the scenario's order. */
export function membersOf(topology: GroupTopology): Place[] {
  return topology.caches.map(({ name, region }) => ({ cache: name, region }));
}

/** Users are served by the member of their region, and while it is not healthy by the nearest that is (A03). */
export function groupRoutingTable(topology: GroupTopology): RoutingTable {
  const nearest = new Map(topology.regions.map((region) => [region.name, nearestFirst(topology, region)]));
  const users = Object.fromEntries([...nearest].map(([region, [home = region]]) => [region, home]));
  const fallbacks = Object.fromEntries([...nearest].map(([region, [, ...others]]) => [region, others]));
  const caches = Object.fromEntries(topology.caches.map(({ name, region }) => [region, name]));
  return { users, fallbacks, caches };
}

function nearestFirst({ caches }: GroupTopology, from: GroupTopology["regions"][number]): string[] {
  const distanceMs = (region: string): number => (region === from.name ? -1 : (from.wanLatencyMs[region] ?? 0));
  return caches.map(({ region }) => region).toSorted((one, other) => distanceMs(one) - distanceMs(other));
}
