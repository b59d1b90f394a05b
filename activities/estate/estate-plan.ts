import type { Pair } from "../drill-types.ts";
import type { RoutingTable } from "../../contracts/routing.ts";
import type { Scenario } from "../../scenarios/schema.ts";

/** What has to run for a scenario; `lifeboat estate up` and a drill build the same. */
export type EstatePlan = { readonly topology: Scenario["topology"] };

/** The pair as the scenario has it before anything happens. */
export function pairOf(topology: Scenario["topology"]): Pair {
  const regionOf = (cache: string): string => topology.caches.find(({ name }) => name === cache)?.region ?? "";
  return {
    primary: { cache: topology.primary, region: regionOf(topology.primary) },
    secondary: { cache: topology.secondary, region: regionOf(topology.secondary) },
  };
}

/** Everybody is served where the pair's primary is: the whole stack switches in one step (P40). */
export function routingTableFor(topology: Scenario["topology"], pair: Pair): RoutingTable {
  const users = topology.regions.map(({ name }) => [name, pair.primary.region] as const);
  return {
    users: Object.fromEntries(users),
    caches: { [pair.primary.region]: pair.primary.cache, [pair.secondary.region]: pair.secondary.cache },
  };
}

/** Regions in which an application runs: those that have a cache. */
export function appRegions(topology: Scenario["topology"]): string[] {
  return topology.caches.map(({ region }) => region);
}

export function appName(region: string): string {
  return `app-${region}`.slice(0, 40);
}
