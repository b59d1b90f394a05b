import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseIdOf, refusedAs, type GroupWorld } from "../test-groups.ts";
import { eventually, type World } from "../test-world.ts";

/** How members go, and how one comes back. */
export function leavingRules(world: () => World, groups: GroupWorld): void {
  describe("leaving", () => {
    beforeAll(async () => {
      await groups.join("a");
      await groups.join("b", { region: "east", linked: ["a", "b"] });
      await groups.join("c", { region: "east", linked: ["a", "b", "c"] });
    }, 90_000);
    afterAll(async () => {
      await world().clear();
    }, 60_000);

    it("A21: a live member, the asked one itself, a stranger, nobody and two at once are not unlinked by force", async () => {
      const before = await groups.everything();
      await groups.createCluster("stranger", { region: "east" });
      const cases: [string[], number, string][] = [
        [["b"], 409, "alive"],
        [["a"], 400, "ids[0]"],
        [["nobody"], 400, databaseIdOf("nobody")],
        [["B"], 400, databaseIdOf("B")],
        [["stranger"], 400, databaseIdOf("stranger")],
        [[], 400, "ids"],
        [["b", "c"], 400, "ids"],
      ];
      for (const [targets, status, says] of cases) {
        const refused = await refusedAs(groups.forceUnlink("a", ...targets));
        expect(refused).toMatchObject({ status, message: expect.stringContaining("(A21)") });
        expect(refused.message).toContain(says);
      }
      await groups.remove("stranger");
      expect(await groups.everything()).toEqual(before);
    });

    it("A20, A21: while a member does not answer nobody is deleted out of the group, and nothing is asked of that one", async () => {
      const frozen = await groups.freeze("c");
      await groups.untilSilent("c");
      const before = await groups.everything();
      for (const name of ["b", "c"]) {
        const refused = await refusedAs(groups.remove(name));
        expect(refused).toMatchObject({ status: 409, message: expect.stringContaining("(A20)") });
      }
      expect(await refusedAs(groups.forceUnlink("c", "b"))).toMatchObject({ status: 409 });
      expect(await groups.everything()).toEqual(before);
      await frozen.thaw();
      await eventually("c to be heard again", async () =>
        (await groups.view()).members.every(({ view }) => view?.peers.every((peer) => peer.state === "connected")),
      );
    });

    it("A20: a member that is deleted leaves with everything handed over, and the others go on", async () => {
      const [a, c] = [await world().connect("a"), await world().connect("c")];
      await c.set("last-words", "1");
      const batch = c.pipeline();
      for (let n = 0; n < 5000; n += 1) batch.incr("count");
      await batch.exec();
      await groups.remove("c");
      expect(await groups.linkStates("a")).toEqual({ a: "Linked", b: "Linked" });
      expect([await a.get("last-words"), await a.get("count")]).toEqual(["1", "5000"]);
      const b = await world().connect("b");
      await a.set("goes", "on");
      await eventually("it to arrive", async () => (await b.get("goes")) === "on");
      expect(await refusedAs(groups.remove("c"))).toMatchObject({ status: 200 });
    });

    it("A21, A24: a silent member is unlinked by force, comes back refused, and rejoins by being deleted and created again", async () => {
      const [a, b] = [await world().connect("a"), await world().connect("b")];
      const frozen = await groups.freeze("b");
      await groups.untilSilent("b");
      await groups.forceUnlink("a", "b");
      // Repeated, as clients do: it is done.
      await groups.forceUnlink("a", "b");
      expect(await groups.linkStates("a")).toEqual({ a: "Linked" });
      expect((await groups.view()).members.map(({ cache, view }) => [cache, view?.members])).toEqual([["a", ["a"]]]);

      await frozen.thaw();
      await eventually("b to be refused", async () => {
        const [former] = (await groups.view()).former ?? [];
        return former?.view?.peers.some((peer) => peer.member === "a" && peer.state === "refused") ?? false;
      });
      await b.set("stale", "1");
      await a.set("fresh", "1");
      // The control plane goes round twice a second; it must not bring the two together again.
      const { epoch } = await groups.view();
      await eventually("b to hold its write", async () => (await b.get("stale")) === "1");
      expect(await a.get("stale")).toBeNull();
      expect(await b.get("fresh")).toBeNull();
      expect((await groups.view()).former?.[0]?.view?.epoch).toBeLessThan(epoch);
      expect(await groups.linkStates("b")).toEqual({ a: "Unlinking", b: "Unlinking" });

      await groups.remove("b");
      await groups.join("b", { region: "east", linked: ["a", "b"] });
      const again = await world().connect("b");
      expect([await again.get("fresh"), await again.get("stale")]).toEqual(["1", null]);
      await again.set("back", "1");
      await eventually("its write to arrive", async () => (await a.get("back")) === "1");
      expect((await groups.view()).former).toEqual([]);
    });
  });
}
