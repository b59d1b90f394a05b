import { describe, expect, it } from "vitest";
import { fetchArm, freeze, strike } from "../test-faults.ts";
import { eventually, GROUP, idOf, POLL } from "../test-world.ts";
import { refusal, type Given } from "./given.ts";

const OTHER_SUBSCRIPTION = "00000000-0000-0000-0000-000000000002";
const size = (name: string, capacity: number) => ({ sku: { name, family: name === "Premium" ? "P" : "C", capacity } });

export function linkingRules(given: Given): void {
  describe("linking", () => {
    it("P01, P29: a link joins one primary and one secondary, and both show it, each naming the role of its peer", async () => {
      const { a, b } = await given.linkedPair();
      expect(await given.linkStates(a)).toEqual(["Secondary Succeeded"]);
      expect(await given.linkStates(b)).toEqual(["Primary Succeeded"]);
      const shown = await given.world().client.redis.get(GROUP, a.toUpperCase());
      expect(shown.name).toBe(a);
      expect(shown.linkedServers).toEqual([{ id: `${idOf(a)}/linkedServers/${b}` }]);
      await given.world().createCache("alone");
      expect(await refusal(given.world().link("alone", "alone"))).toMatchObject({ statusCode: 400 });
    });

    it("P02: of a Premium cache and any other, neither is linked to the other", async () => {
      const { world } = given;
      await world().createCache("premium");
      for (const name of ["Standard", "Basic"]) {
        const other = name.toLowerCase();
        await world().createCache(other, { region: "east", ...size(name, 1) });
        expect(await refusal(world().link("premium", other))).toMatchObject({ statusCode: 400 });
        expect(await refusal(world().link(other, "premium"))).toMatchObject({ statusCode: 400 });
        expect(await given.linkStates(other)).toEqual([]);
      }
      expect(await given.linkStates("premium")).toEqual([]);
    });

    it("P03: caches of two subscriptions are not linked", async () => {
      const { world } = given;
      await world().createCache("ours");
      await world().createCache("theirs", { region: "east", subscription: OTHER_SUBSCRIPTION });
      const request = {
        linkedRedisCacheId: idOf("theirs", OTHER_SUBSCRIPTION),
        linkedRedisCacheLocation: "east",
        serverRole: "Secondary" as const,
      };
      const work = world().client.linkedServer.beginCreateAndWait(GROUP, "ours", "theirs", request, POLL);
      expect(await refusal(work)).toMatchObject({ statusCode: 400 });
      expect(await given.linkStates("ours")).toEqual([]);
    });

    it("P04: the secondary has the primary's size or a larger one", async () => {
      const { world } = given;
      await world().createCache("small", { region: "east" });
      await world().createCache("large", size("Premium", 2));
      expect(await refusal(world().link("large", "small"))).toMatchObject({ statusCode: 400 });
      expect(await given.linkStates("large")).toEqual([]);
      await world().link("small", "large");
      expect(await given.linkStates("large")).toEqual(["Primary Succeeded"]);
      const equal = await given.linkedPair();
      expect(await given.linkStates(equal.a)).toEqual(["Secondary Succeeded"]);
    });

    it("P05: a cache that is still being created is linked neither as primary nor as secondary", async () => {
      const { world } = given;
      await world().createCache("ready");
      const release = world().holdStart("unready");
      const sku = { name: "Premium", family: "P", capacity: 1 };
      const created = await fetchArm(world(), "PUT", idOf("unready"), {
        body: { location: "east", properties: { sku } },
      });
      expect(created.status).toBe(201);
      expect(await given.beginLink("ready", "unready")).toBe(409);
      expect(await given.beginLink("unready", "ready")).toBe(409);
      expect(await given.linkStates("ready")).toEqual([]);
      release();
      await eventually("it to be created", async () => (await given.provisioningStates("unready"))[0] === "Succeeded");
      expect(await given.beginLink("ready", "unready")).toBe(201);
    });

    it("P05: a cache whose redis-server has died with its region is not linked", async () => {
      const { a, b } = await given.pair();
      // In a region that is down nothing is restarted, so that it stays dead while the test looks.
      await given.world().lab("PUT", "/lab/regions/west/availability", { available: false });
      await strike(given.world(), a, "dead");
      expect(await given.beginLink(a, b)).toBe(409);
      expect(await given.beginLink(b, a)).toBe(409);
      expect(await given.linkStates(b)).toEqual([]);
      await given.world().lab("PUT", "/lab/regions/west/availability", { available: true });
    });

    it("P01, P26: of two requests at once exactly one makes a link", async () => {
      const { a, b } = await given.pair();
      const both = await Promise.all([given.beginLink(a, b), given.beginLink(b, a)]);
      expect(new Set(both)).toEqual(new Set([201, 400]));
      await given.world().createCache("rival", { region: "east" });
      await given.world().createCache("wooed");
      await given.world().createCache("third");
      const rivals = await Promise.all([given.beginLink("wooed", "rival"), given.beginLink("third", "rival")]);
      expect(new Set(rivals)).toEqual(new Set([201, 400]));
      expect(await given.linkStates("rival")).toHaveLength(1);
      expect(await given.linkStates(a)).toHaveLength(1);
    });

    it("P26: a third cache is linked to neither end of a pair, in neither role", async () => {
      const { a, b } = await given.linkedPair();
      const { world } = given;
      await world().createCache("third-wheel", { region: "east" });
      expect(await refusal(world().link(a, "third-wheel"))).toEqual({ statusCode: 400, code: "InvalidRequestBody" });
      for (const [primary, secondary] of [
        ["third-wheel", b],
        ["third-wheel", a],
        [b, "third-wheel"],
      ] as const) {
        expect(await refusal(world().link(primary, secondary))).toMatchObject({ statusCode: 400 });
      }
      expect(await given.linkStates("third-wheel")).toEqual([]);
    });

    it("P29: both caches say Linking, then Succeeded, and Unlinking, then Succeeded", async () => {
      const { a, b } = await given.pair();
      const primary = await freeze(given.world(), a);
      try {
        expect(await given.beginLink(a, b)).toBe(201);
        expect(await given.provisioningStates(a, b)).toEqual(["Linking", "Linking"]);
        expect(await given.linkStates(a)).toEqual(["Secondary Creating"]);
        expect(await given.linkStates(b)).toEqual(["Primary Creating"]);
      } finally {
        await primary.thaw();
      }
      await given.untilLinked(a);
      expect(await given.provisioningStates(a, b)).toEqual(["Succeeded", "Succeeded"]);
      const secondary = await freeze(given.world(), b);
      try {
        expect((await fetchArm(given.world(), "DELETE", `${idOf(a)}/linkedServers/${b}`)).status).toBe(202);
        expect(await given.provisioningStates(a, b)).toEqual(["Unlinking", "Unlinking"]);
        expect(await given.linkStates(b)).toEqual(["Primary Deleting"]);
        expect(await given.beginLink(a, b)).toBe(409);
      } finally {
        await secondary.thaw();
      }
      await eventually("the link to be gone", async () => (await given.linkStates(a)).length === 0);
      expect(await given.provisioningStates(a, b)).toEqual(["Succeeded", "Succeeded"]);
    });
  });
}
