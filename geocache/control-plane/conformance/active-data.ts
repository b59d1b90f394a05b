import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Redis } from "ioredis";
import { fetchArm, refusedBy } from "../test-faults.ts";
import { databaseIdOf, refusedAs, type GroupWorld } from "../test-groups.ts";
import { eventually, GROUP, POLL, type World } from "../test-world.ts";

const DELAY_MS = 1000;
const APART_MS = 100;

/** What clients of a group see, and what a flush does. */
export function groupDataRules(world: () => World, groups: GroupWorld): void {
  describe("a group's data", () => {
    let west: Redis;
    let east: Redis;
    beforeAll(async () => {
      await groups.join("west-1");
      await (await world().connect("west-1")).set("before", "1");
      await groups.join("east-1", { region: "east", linked: ["west-1", "east-1"] });
      [west, east] = [await world().connect("west-1"), await world().connect("east-1")];
    }, 60_000);
    afterAll(async () => {
      await world().clear();
    }, 60_000);

    const arrives = async (redis: Redis, key: string, value: string): Promise<void> =>
      await eventually(`${key} to arrive`, async () => (await redis.get(key)) === value);

    it("A02, A03: every member takes writes at an endpoint of its own, and the others show them", async () => {
      expect(await east.get("before")).toBe("1");
      expect(await west.set("from-west", "1")).toBe("OK");
      expect(await east.set("from-east", "1")).toBe("OK");
      await arrives(east, "from-west", "1");
      await arrives(west, "from-east", "1");
      const endpoints = new Set([`${west.options.port}`, `${east.options.port}`]);
      expect(endpoints.size).toBe(2);
      expect(await groups.linkStates("west-1")).toEqual({ "west-1": "Linked", "east-1": "Linked" });
      expect(await groups.linkStates("east-1")).toEqual(await groups.linkStates("west-1"));
    });

    it("A28: no write waits for the others, and a peer shows what it has, old as it may be", async () => {
      await west.set("aged", "old");
      await arrives(east, "aged", "old");
      const lift = await world().network.onReplication({ kind: "latency", latencyMs: DELAY_MS, jitterMs: 0 });
      const beganMs = performance.now();
      await west.set("aged", "new");
      // Had it waited for the other member, it would have taken the way there and back.
      expect(performance.now() - beganMs).toBeLessThan(2 * DELAY_MS);
      expect(await east.get("aged")).toBe("old");
      await arrives(east, "aged", "new");
      await lift();
    });

    it("A29: of writes on both sides of a cut each type keeps what its rule says, and both members agree", async () => {
      const lift = await world().network.onReplication({ kind: "partition" });
      await Promise.all([west.incrby("sum", 7), east.incrby("sum", 3)]);
      await Promise.all([west.sadd("set", "w"), east.sadd("set", "e")]);
      await west.set("string", "earlier");
      // Writes are dated by a pulse of every 5 ms: what is closer together than that is concurrent in time, too.
      await sleep(APART_MS);
      await east.set("string", "later");
      await lift();
      for (const redis of [west, east]) {
        await arrives(redis, "sum", "10");
        await arrives(redis, "string", "later");
        await eventually("both elements", async () => (await redis.scard("set")) === 2);
      }
      expect(await west.mget("sum", "string")).toEqual(await east.mget("sum", "string"));
    });

    it("A11: FLUSHALL and FLUSHDB are refused, in a transaction and in a script too, and nothing is gone", async () => {
      for (const command of ["flushall", "flushdb"] as const) {
        expect(await refusedBy(west[command]())).toContain("NOPERM");
        expect(await refusedBy(west.multi().set("kept", "no")[command]().exec())).not.toBe("");
        expect(await refusedBy(west.eval(`return redis.call('${command}')`, 0))).not.toBe("");
      }
      expect(await west.get("before")).toBe("1");
    });

    it("A13: a flush, and whatever else destroys, takes an owner: an operator gets 403 and nothing has changed", async () => {
      const before = await groups.everything();
      const operator = { headers: { authorization: "Bearer operator-token" } };
      const id = databaseIdOf("west-1");
      const cluster = id.replace("/databases/default", "");
      const restricted = [
        ["POST", `${id}/flush`],
        ["POST", `${id}/forceUnlink`],
        ["POST", `${id}/forceLinkToReplicationGroup`],
        ["PUT", id],
        ["DELETE", id],
        ["DELETE", `${cluster.toUpperCase()}/`.slice(0, -1)],
      ] as const;
      for (const [method, path] of restricted) {
        const answer = await fetchArm(world(), method, path, { ...operator, body: {} });
        expect([method, path, answer.status]).toEqual([method, path, 403]);
        expect(await answer.json()).toMatchObject({ error: { code: "AuthorizationFailed" } });
      }
      const { databases } = await groups.client("operator-token");
      const refused = await refusedAs(databases.beginForceUnlinkAndWait(GROUP, "west-1", "default", { ids: [] }, POLL));
      expect(refused).toMatchObject({ status: 403, message: expect.stringContaining("(A13)") });
      expect(await databases.get(GROUP, "west-1", "default")).toMatchObject({ provisioningState: "Succeeded" });
      expect(await databases.listKeys(GROUP, "west-1", "default")).toMatchObject({ primaryKey: expect.any(String) });
      expect(await groups.everything()).toEqual(before);
    });

    it("A12: a flush by the control plane removes the data of all members, and they stay linked", async () => {
      const { epoch } = await groups.view();
      await groups.flush("east-1");
      expect([await west.dbsize(), await east.dbsize()]).toEqual([0, 0]);
      expect((await groups.view()).epoch).toBe(epoch + 1);
      await west.set("after", "1");
      await arrives(east, "after", "1");
      expect(await groups.linkStates("west-1")).toEqual({ "west-1": "Linked", "east-1": "Linked" });
    });

    it("A12: a flush while a member cannot be reached is refused as a whole", async () => {
      await west.set("kept", "1");
      await arrives(east, "kept", "1");
      const frozen = await groups.freeze("east-1");
      expect(await groups.flush("west-1").catch((error: Error) => error.message)).toContain("east-1");
      expect(await west.get("kept")).toBe("1");
      await frozen.thaw();
      expect(await east.get("kept")).toBe("1");
    });
  });
}
