import type { RedisResource } from "@azure/arm-rediscache";
import { describe, expect, it } from "vitest";
import { GROUP, idOf, POLL } from "../test-world.ts";
import { refusal, type Given } from "./given.ts";

/** Every operation of the official client that the control plane serves, once, with its answer. */
export function officialClient(given: Given): void {
  describe("the official client", () => {
    it("creates, gets, lists and deletes caches", async () => {
      const { redis, apiVersion } = given.world().client;
      expect(apiVersion).toBe("2024-11-01");
      const sku = { name: "Premium", family: "p", capacity: 1 };
      const made = await redis.beginCreateAndWait(GROUP, "Listed", { location: "West", sku, tags: { a: "b" } }, POLL);
      expect(made).toMatchObject({
        id: idOf("Listed"),
        name: "Listed",
        type: "Microsoft.Cache/Redis",
        location: "west",
      });
      expect(made).toMatchObject({ provisioningState: "Succeeded", tags: { a: "b" }, sku: { ...sku, family: "P" } });
      expect(made).toMatchObject({ port: 6379, sslPort: 6380, linkedServers: [], hostName: expect.any(String) });
      expect(await redis.get(GROUP.toUpperCase(), "lisTED")).toEqual(made);
      expect(await namesIn(redis.listByResourceGroup(GROUP))).toContain("Listed");
      expect(await namesIn(redis.listBySubscription())).toContain("Listed");
      expect(await namesIn(redis.listByResourceGroup("another-rg"))).toEqual([]);
      expect(await refusal(redis.get("another-rg", "Listed"))).toMatchObject({ statusCode: 404 });
      await redis.beginDeleteAndWait(GROUP, "Listed", POLL);
      await redis.beginDeleteAndWait(GROUP, "Listed", POLL);
      expect(await namesIn(redis.listBySubscription())).not.toContain("Listed");
    });

    it("links from either cache, gets, lists and unlinks, again without effect", async () => {
      const { a, b } = await given.pair();
      const { linkedServer } = given.world().client;
      const asked = { linkedRedisCacheId: idOf(a), linkedRedisCacheLocation: "West", serverRole: "Primary" as const };
      const made = await linkedServer.beginCreateAndWait(GROUP, b, a, asked, POLL);
      expect(made).toMatchObject({
        provisioningState: "Succeeded",
        serverRole: "Primary",
        linkedRedisCacheId: idOf(a),
      });
      expect(await linkedServer.get(GROUP, a, b)).toMatchObject({
        serverRole: "Secondary",
        linkedRedisCacheId: idOf(b),
      });
      expect(await linkedServer.beginCreateAndWait(GROUP, b, a, asked, POLL)).toEqual(made);
      expect(await given.linkStates(a)).toEqual(["Secondary Succeeded"]);
      await linkedServer.beginDeleteAndWait(GROUP, a, b, POLL);
      await linkedServer.beginDeleteAndWait(GROUP, a, b, POLL);
      expect(await refusal(linkedServer.get(GROUP, a, b))).toMatchObject({ statusCode: 404, code: "ResourceNotFound" });
    });

    it("reboots a cache, which loses its memory and keeps its address and keys", async () => {
      await given.world().createCache("rebooted");
      const client = await given.world().connect("rebooted");
      await client.set("lost", "1");
      const { redis } = given.world().client;
      const keys = await redis.listKeys(GROUP, "rebooted");
      await redis.forceReboot(GROUP, "rebooted", { rebootType: "AllNodes" });
      expect(await (await given.world().connect("rebooted")).dbsize()).toBe(0);
      expect(await redis.listKeys(GROUP, "rebooted")).toEqual(keys);
    });
  });
}

async function namesIn(list: AsyncIterable<RedisResource>): Promise<(string | undefined)[]> {
  const names: (string | undefined)[] = [];
  for await (const cache of list) names.push(cache.name);
  return names;
}
