import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { CacheHost } from "../hosts/cache-host.ts";
import { clientRules } from "./conformance/clients.ts";
import { firstSyncRules } from "./conformance/first-sync.ts";
import { createGiven } from "./conformance/given.ts";
import { linkingRules } from "./conformance/linking.ts";
import { noFailoverRules } from "./conformance/no-failover.ts";
import { officialClient } from "./conformance/official-client.ts";
import { replicationRules } from "./conformance/replicating.ts";
import { unlinkingRules } from "./conformance/unlinking.ts";
import { createWorld, type World } from "./test-world.ts";

/**
 * The rules of the passive service, shown on real redis-servers through the official client. Every rule of
 * rules/README.md is in the name of a test.
 */
export function conformance(hostName: string, hostFor: (home: string) => CacheHost): void {
  describe(`passive pairs on the ${hostName} host`, () => {
    let world: World;
    const given = createGiven(() => world);

    beforeAll(async () => {
      world = await createWorld(hostFor);
    }, 60_000);
    afterEach(async () => {
      await world.clear();
    }, 30_000);
    afterAll(async () => {
      await world.close();
    }, 60_000);

    officialClient(given);
    linkingRules(given);
    firstSyncRules(given);
    replicationRules(given);
    unlinkingRules(given);
    noFailoverRules(given);
    clientRules(given);

    it("a control plane that was restarted adopts its caches and links", async () => {
      const { a, b } = await given.linkedPair();
      const primary = await world.connect(a);
      await primary.set("before", "1");
      const state = await world.lab("GET", "/lab/regions/west/members");
      await world.restartControlPlane();
      expect(await world.lab("GET", "/lab/regions/west/members")).toEqual(state);
      expect(await given.linkStates(b)).toEqual(["Primary Succeeded"]);
      expect(await (await world.connect(a)).get("before")).toBe("1");
    });
  });
}
