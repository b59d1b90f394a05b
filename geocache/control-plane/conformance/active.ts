import { afterAll, beforeAll, describe } from "vitest";
import type { CacheHost } from "../../hosts/cache-host.ts";
import { createGroupWorld } from "../test-groups.ts";
import { createWorld, type World } from "../test-world.ts";
import { groupDataRules } from "./active-data.ts";
import { groupingRules } from "./active-grouping.ts";
import { leavingRules } from "./active-leaving.ts";
import { memoryRules } from "./active-memory.ts";
import { sizeRules } from "./active-size.ts";

/**
 * The rules of active groups, shown on real members through the official client. Rules that the control plane alone
 * decides are shown on one host; `essential` leaves them out.
 */
export function activeConformance(
  hostName: string,
  hostFor: (home: string) => CacheHost,
  extent: "all" | "essential" = "all",
): void {
  describe(`active groups on the ${hostName} host`, () => {
    let world: World;
    const groups = createGroupWorld(() => world);
    beforeAll(async () => {
      world = await createWorld(hostFor);
    }, 60_000);
    afterAll(async () => {
      await world.close();
    }, 60_000);
    groupDataRules(() => world, groups);
    leavingRules(() => world, groups);
    if (extent === "essential") return;
    groupingRules(() => world, groups);
    memoryRules(() => world, groups);
    sizeRules(() => world, groups);
  });
}
