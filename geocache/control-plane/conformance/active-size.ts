import { afterAll, describe, expect, it } from "vitest";
import { databaseIdOf, refusedAs, type GroupWorld } from "../test-groups.ts";
import { eventually, type World } from "../test-world.ts";

const five = ["m1", "m2", "m3", "m4", "m5"] as const;

export function sizeRules(world: () => World, groups: GroupWorld): void {
  describe("size", () => {
    afterAll(async () => {
      await world().clear();
    }, 60_000);

    it("A01, A17: five are a group, each shows all five and has what any of them wrote; a sixth is refused", async () => {
      for (const [at, name] of five.entries()) {
        await groups.join(name, { region: at % 2 === 0 ? "west" : "east", linked: five.slice(0, at + 1) });
      }
      const all = Object.fromEntries(five.map((name) => [name, "Linked"]));
      for (const name of five) expect(await groups.linkStates(name)).toEqual(all);
      const clients = await Promise.all(five.map((name) => world().connect(name)));
      await Promise.all(clients.map((client) => client.incr("sum")));
      for (const client of clients) await eventually("the sum", async () => (await client.get("sum")) === "5");
      await groups.createCluster("sixth", {});
      const before = await groups.everything();
      const refused = await refusedAs(groups.createDatabase("sixth", { linked: [...five, "sixth"] }));
      expect(refused).toMatchObject({ status: 400, message: expect.stringContaining("(A01)") });
      expect(refused.message).not.toContain(databaseIdOf("sixth"));
      expect(await groups.everything()).toEqual(before);
    }, 120_000);
  });
}
