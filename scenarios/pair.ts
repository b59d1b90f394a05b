import type { RoutingTable } from "../contracts/routing.ts";
import type { PairTopology, Topology } from "./schema.ts";

export type Place = { readonly cache: string; readonly region: string };

/** The passive pair as it is at some time: who is primary changes in a drill. */
export type Pair = { readonly primary: Place; readonly secondary: Place };

/** @throws an Error for an active group: whoever asks has not looked at the topology's kind */
function pairTopology(topology: Topology): PairTopology {
  if (topology.kind !== "passive-pair") throw new Error(`a passive pair is needed, this is an ${topology.kind}`);
  return topology;
}

/** The pair as the scenario has it before anything happens. */
export function pairOf(of: Topology): Pair {
  const topology = pairTopology(of);
  const regionOf = (cache: string): string => topology.caches.find(({ name }) => name === cache)?.region ?? "";
  return {
    primary: { cache: topology.primary, region: regionOf(topology.primary) },
    secondary: { cache: topology.secondary, region: regionOf(topology.secondary) },
  };
}

export function swapped(pair: Pair): Pair {
  return { primary: pair.secondary, secondary: pair.primary };
}

/** Everybody is served where the pair's primary is: the whole stack switches in one step (P40). */
export function routingTableFor(topology: Topology, pair: Pair): RoutingTable {
  return {
    users: Object.fromEntries(topology.regions.map(({ name }) => [name, pair.primary.region])),
    caches: { [pair.primary.region]: pair.primary.cache, [pair.secondary.region]: pair.secondary.cache },
  };
}
