import { describe, expect, it } from "vitest";
import { fetchArm, freeze, isRunning, roleOf, strike } from "../test-faults.ts";
import { ask, refusalsOf, writeOn } from "../test-streams.ts";
import { eventually, GROUP, idOf, POLL, type World } from "../test-world.ts";
import { caughtUp, contentOf, fill, refusal, type Given } from "./given.ts";

export function unlinkingRules(given: Given): void {
  describe("unlinking", () => {
    it("P18, P33: the secondary keeps every key, takes writes as a regular cache, and follows no more", async () => {
      const names = await given.linkedPair();
      const { primary, secondary } = await given.clients(names);
      await fill(primary, 512);
      await caughtUp(primary, secondary);
      const before = await contentOf(secondary);
      await given.world().unlink(names.b, names.a);
      expect(await contentOf(secondary)).toEqual(before);
      expect(Object.keys(before).length).toBeGreaterThan(60);
      expect(await roleOf(given.world(), names.b)).toBe("master");
      expect(await secondary.set("own", "1")).toBe("OK");
      await primary.set("theirs", "1");
      expect(await primary.exists("own")).toBe(0);
      expect(await secondary.exists("theirs")).toBe(0);
      expect(await given.provisioningStates(names.a, names.b)).toEqual(["Succeeded", "Succeeded"]);
      expect(await given.linkStates(names.a)).toEqual([]);
    });

    it("P32: while unlinking, reads of both and writes of the primary go on without one refusal", async () => {
      const names = await given.linkedPair();
      const { primary, secondary } = await given.clients(names);
      await primary.set("kept", "yes");
      await caughtUp(primary, secondary);
      const streams = await Promise.all([
        writeOn(primary),
        ask(() => primary.get("kept")),
        ask(() => secondary.get("kept")),
      ]);
      const before = streams.map((stream) => stream.sightings.length);
      await given.world().unlink(names.a, names.b);
      // The unlink may take no longer than two requests: some more show what came of it.
      await eventually("each stream to go on", () =>
        streams.every((stream, at) => stream.sightings.length > (before[at] ?? 0) + 50),
      );
      await Promise.all(streams.map((stream) => stream.stop()));
      expect(streams.flatMap(refusalsOf)).toEqual([]);
      expect(streams[2].sightings.filter((one) => one.value !== "yes")).toEqual([]);
    });

    it("P24: a linked cache is not deleted until it is unlinked", async () => {
      const { a, b } = await given.linkedPair();
      const { client } = given.world();
      for (const name of [a, b]) {
        expect(await refusal(client.redis.beginDeleteAndWait(GROUP, name, POLL))).toMatchObject({ statusCode: 409 });
      }
      expect(await given.provisioningStates(a, b)).toEqual(["Succeeded", "Succeeded"]);
      expect(await given.linkStates(a)).toEqual(["Secondary Succeeded"]);
      await given.world().unlink(a, b);
      for (const name of [a, b]) {
        await client.redis.beginDeleteAndWait(GROUP, name, POLL);
        expect(await refusal(client.redis.get(GROUP, name))).toEqual({ statusCode: 404, code: "ResourceNotFound" });
        expect(await isRunning(given.world(), name)).toBe(false);
      }
    });

    it("P33: an unlink has not succeeded before a silent secondary has really become a primary", async () => {
      const { a, b } = await given.linkedPair();
      const frozen = await freeze(given.world(), b);
      const result = await beginUnlink(given.world(), a, b);
      try {
        // Each question is held for 0.9 s: together longer than any single word with a redis-server may take.
        for (let asked = 0; asked < 4; asked++) expect((await result()).status).toBe(202);
        expect(await given.linkStates(a)).toEqual(["Secondary Deleting"]);
        expect(await refusal(given.world().client.redis.beginDeleteAndWait(GROUP, b, POLL))).toMatchObject({
          statusCode: 409,
        });
      } finally {
        await frozen.thaw();
      }
      await eventually("the unlink to succeed", async () => (await result()).status === 200);
      expect(await roleOf(given.world(), b)).toBe("master");
      expect(await given.linkStates(a)).toEqual([]);
    });

    it.each(["frozen", "dead"] as const)("P39: unlinking from a %s primary does not wait for it", async (fate) => {
      const { a, b } = await given.linkedPair();
      const { primary, secondary } = await given.clients({ a, b });
      await primary.set("precious", "1");
      await caughtUp(primary, secondary);
      const struck = await strike(given.world(), a, fate);
      try {
        const result = await beginUnlink(given.world(), b, a);
        // One question, held for 0.9 s at the most.
        expect((await result()).status).toBe(200);
        expect(await secondary.set("x", "1")).toBe("OK");
        expect(await secondary.get("precious")).toBe("1");
      } finally {
        await struck.thaw();
      }
      await eventually("the old primary to run", () => isRunning(given.world(), a));
      expect(await secondary.get("precious")).toBe("1");
    });
  });
}

/** Asks for the unlink; the answer asks for its result, as ARM's clients do. */
async function beginUnlink(world: World, on: string, peer: string): Promise<() => ReturnType<typeof fetchArm>> {
  const accepted = await fetchArm(world, "DELETE", `${idOf(on)}/linkedServers/${peer}`);
  expect(accepted.status).toBe(202);
  const { pathname } = new URL(accepted.headers.get("location") ?? "");
  return () => fetchArm(world, "GET", pathname);
}
