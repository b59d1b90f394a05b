import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linkTo, NICKNAME, refusedAs, type GroupWorld } from "../test-groups.ts";
import { eventually, GROUP, POLL, type World } from "../test-world.ts";

const asked = (nickname: string, ...linked: string[]) => ({
  geoReplication: { groupNickname: nickname, linkedDatabases: linkTo(...linked) },
});

/** How a database that exists joins a group, by the later documentation. */
export function relinkingRules(world: () => World, groups: GroupWorld): void {
  describe("relinking, profile managed-2025", () => {
    const cluster = { sku: { name: "Balanced_B3" } };
    beforeAll(async () => {
      await groups.join("one", { cluster });
      await groups.createCluster("two", { region: "east", cluster });
      await (await groups.client()).databases.beginCreateAndWait(GROUP, "two", "default", {}, POLL);
    }, 60_000);
    afterAll(async () => {
      await world().clear();
    }, 60_000);

    async function expectRefusal(rule: string, name: string, body: unknown): Promise<void> {
      const before = await groups.everything();
      const answer = await groups.post(name, "forceLinkToReplicationGroup", body);
      expect(answer).toMatchObject({ status: 400, text: expect.stringContaining(`(${rule})`) });
      expect(await groups.everything()).toEqual(before);
    }

    it("A34: two strangers, a member of another group, an incomplete list and an unknown group are refused", async () => {
      await groups.join("lonely", { nickname: "others", cluster });
      await expectRefusal("A34", "lonely", asked(NICKNAME, "one", "lonely"));
      await expectRefusal("A34", "two", asked("nobody", "two"));
      await expectRefusal("A17", "two", asked(NICKNAME, "two"));
      await expectRefusal("A16", "two", asked(NICKNAME, "one"));
      await groups.remove("lonely");
    });

    it("A07: neither the smallest sizes nor a database without high availability become members", async () => {
      await groups.createCluster("small", { cluster: { sku: { name: "Balanced_B0" } } });
      const refused = await refusedAs(groups.createDatabase("small", { nickname: "tiny" }));
      expect(refused).toMatchObject({ status: 400, message: expect.stringContaining("(A07)") });
      await groups.remove("small");
    });

    it("A34: a database that joins loses its data, is not available meanwhile, and has the group's afterwards", async () => {
      await (await world().connect("one")).set("theirs", "1");
      const client = await world().connect("two");
      await client.set("own", "1");
      await groups.action("two", "forceLinkToReplicationGroup", asked(NICKNAME, "one", "two"));
      expect(await client.get("own").catch((error: Error) => error.message)).not.toBe("1");
      const two = await world().connect("two");
      expect([await two.get("own"), await two.get("theirs")]).toEqual([null, "1"]);
      expect(await groups.linkStates("one")).toEqual({ one: "Linked", two: "Linked" });
    });

    it("A24: a member that was force-unlinked is linked again as it stands", async () => {
      const frozen = await groups.freeze("two");
      await groups.untilSilent("two");
      await groups.forceUnlink("one", "two");
      await frozen.thaw();
      await (await world().connect("one")).set("meanwhile", "1");
      await groups.action("two", "forceLinkToReplicationGroup", asked(NICKNAME, "one", "two"));
      const two = await world().connect("two");
      await eventually("it to have what was written", async () => (await two.get("meanwhile")) === "1");
      expect(await groups.linkStates("one")).toEqual({ one: "Linked", two: "Linked" });
    });
  });
}
