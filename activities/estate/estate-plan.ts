import type { Scenario } from "../../scenarios/schema.ts";

/** What has to run for a scenario; `lifeboat estate up` and a drill build the same. */
export type EstatePlan = { readonly topology: Scenario["topology"] };

/** Regions in which an application runs: those that have a cache. */
export function appRegions(topology: Scenario["topology"]): string[] {
  return topology.caches.map(({ region }) => region);
}

export function appName(region: string): string {
  return `app-${region}`.slice(0, 40);
}
