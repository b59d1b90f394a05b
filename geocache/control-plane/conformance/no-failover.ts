import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { LabCache } from "../../../contracts/lab.ts";
import { freeze, isRunning, refusedBy, roleOf, strike } from "../test-faults.ts";
import { eventually } from "../test-world.ts";
import { caughtUp, type Given } from "./given.ts";

/** Ten rounds of the reconciler: whatever acts by itself would have acted. */
const WATCHED_MS = 5000;

export function noFailoverRules(given: Given): void {
  describe("no failover by itself", () => {
    it.each(["frozen", "dead"] as const)(
      "P38: 5 s after its primary was %s, roles, link and endpoints are as before",
      async (fate) => {
        const names = await given.linkedPair();
        const { primary, secondary } = await given.clients(names);
        await primary.set("precious", "1");
        await caughtUp(primary, secondary);
        const before = await shown(given, names.b);
        const struck = await strike(given.world(), names.a, fate);
        try {
          const untilMs = performance.now() + WATCHED_MS;
          while (performance.now() < untilMs) {
            expect(await shown(given, names.b)).toEqual(before);
            expect(await refusedBy(secondary.set("x", "1"))).toMatch(/READONLY/);
            expect(await secondary.get("precious")).toBe("1");
            await sleep(100);
          }
        } finally {
          await struck.thaw();
        }
      },
      30_000,
    );

    it("P17, P38: a linked primary that died is not restarted empty before the unlink has ended, so that it does not wipe its secondary", async () => {
      const names = await given.linkedPair();
      const { primary, secondary } = await given.clients(names);
      await primary.set("precious", "1");
      await caughtUp(primary, secondary);
      await strike(given.world(), names.a, "dead");
      const frozen = await freeze(given.world(), names.b);
      const unlinking = given.world().unlink(names.a, names.b);
      try {
        const untilMs = performance.now() + 1500;
        while (performance.now() < untilMs) {
          expect(await isRunning(given.world(), names.a)).toBe(false);
          await sleep(100);
        }
      } finally {
        await frozen.thaw();
      }
      await unlinking;
      await eventually("the old primary to be restarted", () => isRunning(given.world(), names.a));
      expect(await secondary.get("precious")).toBe("1");
      // Its link may lead to the dead one's port for a moment longer.
      await eventually("the old primary to answer, empty", async () => {
        return (await (await given.world().connect(names.a)).dbsize()) === 0;
      });
    });
  });
}

/** What is told of a secondary: its link in ARM, its role in the lab, what redis says, and where clients find it. */
async function shown(given: Given, cache: string) {
  const { caches } = (await given.world().lab("GET", "/lab/caches")) as { caches: LabCache[] };
  return {
    links: await given.linkStates(cache),
    roles: caches.map((one) => `${one.cache} ${one.role}`),
    role: await roleOf(given.world(), cache),
    endpoint: await given.world().lab("GET", `/lab/resolve?from=west&cache=${cache}`),
  };
}
