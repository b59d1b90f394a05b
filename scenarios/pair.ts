import type { RoutingTable } from "../contracts/routing.ts";
import type { Scenario } from "./schema.ts";

type Topology = Scenario["topology"];

export type Place = { readonly cache: string; readonly region: string };

/** The passive pair as it is at some time: who is primary changes in a drill. */
export type Pair = { readonly primary: Place; readonly secondary: Place };

/** The pair as the scenario has it before anything happens. */
export function pairOf(topology: Topology): Pair {
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
