import { describe, it, expect, beforeAll, afterAll } from "vitest";
import type { Redis } from "ioredis";
import type { CacheHost } from "../hosts/cache-host.ts";
import { fetchArm, freeze, isRunning, refusedBy } from "./test-faults.ts";
import { createWorld, eventually, GROUP, idOf, POLL, SUBSCRIPTION, type World } from "./test-world.ts";

const OTHER_SUBSCRIPTION = "00000000-0000-0000-0000-000000000002";

/** The rules of the passive service, shown on real redis-servers through the official client. */
export function conformance(hostName: string, hostFor: (home: string) => CacheHost): void {
  describe(`passive pairs on the ${hostName} host`, () => {
    let world: World;
    let serial = 0;

    beforeAll(async () => {
      world = await createWorld(hostFor);
    }, 60_000);
    afterAll(async () => {
      await world.close();
    }, 60_000);

    /** A fresh pair of caches, west and east, not yet linked. */
    async function pair(): Promise<{ a: string; b: string }> {
      serial++;
      const [a, b] = [`cache-a${serial}`, `cache-b${serial}`];
      await Promise.all([world.createCache(a), world.createCache(b, { region: "east" })]);
      return { a, b };
    }

    async function linkedPair(): Promise<{ a: string; b: string }> {
      const names = await pair();
      await world.link(names.a, names.b);
      return names;
    }

    async function refusal(work: Promise<unknown>): Promise<{ statusCode: number; code: string }> {
      const error = (await work.then(
        () => ({ statusCode: 200, code: "none" }),
        (reason: unknown) => reason,
      )) as { statusCode: number; code: string };
      return { statusCode: error.statusCode, code: error.code };
    }

    async function linkStates(cache: string): Promise<string[]> {
      const states: string[] = [];
      for await (const link of world.client.linkedServer.list(GROUP, cache)) {
        states.push(`${link.serverRole} ${link.provisioningState}`);
      }
      return states;
    }

    it("P01, P29: a link is shown by both caches, each naming the role of its peer", async () => {
      const { a, b } = await linkedPair();
      expect(await linkStates(a)).toEqual(["Secondary Succeeded"]);
      expect(await linkStates(b)).toEqual(["Primary Succeeded"]);
      const shown = await world.client.redis.get(GROUP, a.toUpperCase());
      expect(shown.name).toBe(a);
      expect(shown.linkedServers).toEqual([{ id: `${idOf(a)}/linkedServers/${b}` }]);
    });

    it("P02, P04: only Premium caches are linked, and the secondary is not smaller", async () => {
      await world.createCache("small", { region: "east" });
      await world.createCache("large", { sku: { name: "Premium", family: "P", capacity: 2 } });
      await world.createCache("standard", { region: "east", sku: { name: "Standard", family: "C", capacity: 1 } });
      expect(await refusal(world.link("large", "small"))).toMatchObject({ statusCode: 400 });
      expect(await refusal(world.link("large", "standard"))).toMatchObject({ statusCode: 400 });
      expect(await linkStates("large")).toEqual([]);
      await world.link("small", "large");
      expect(await linkStates("large")).toEqual(["Primary Succeeded"]);
    });

    it("P03: caches of two subscriptions are not linked", async () => {
      await world.createCache("ours");
      await world.createCache("theirs", { region: "east", subscription: OTHER_SUBSCRIPTION });
      const request = {
        linkedRedisCacheId: idOf("theirs", OTHER_SUBSCRIPTION),
        linkedRedisCacheLocation: "east",
        serverRole: "Secondary" as const,
      };
      const work = world.client.linkedServer.beginCreateAndWait(GROUP, "ours", "theirs", request, POLL);
      expect(await refusal(work)).toMatchObject({ statusCode: 400 });
    });

    it("P05: a cache that is being created cannot be linked", async () => {
      await world.createCache("ready");
      const sku = { name: "Premium", family: "P", capacity: 1 };
      const poller = await fetchArm(world, "PUT", idOf("unready"), { body: { location: "east", properties: { sku } } });
      expect(poller.status).toBe(201);
      const answer = await fetchArm(world, "PUT", `${idOf("ready")}/linkedServers/unready`, {
        body: {
          properties: {
            linkedRedisCacheId: idOf("unready"),
            linkedRedisCacheLocation: "east",
            serverRole: "Secondary",
          },
        },
      });
      expect(answer.status).toBe(409);
    });

    it("P13: a secondary answers reads and refuses writes", async () => {
      const { a, b } = await linkedPair();
      const [primary, secondary] = [await world.connect(a), await world.connect(b)];
      await primary.set("greeting", "hello");
      await eventually("the write to arrive", async () => (await secondary.get("greeting")) === "hello");
      await expect(secondary.set("greeting", "bye")).rejects.toThrow(/READONLY/);
      await expect(secondary.flushall()).rejects.toThrow(/READONLY/);
    });

    it("P14, P17, P30, P31: while linking the primary serves on and the secondary refuses everything, then holds the primary's data alone", async () => {
      const { a, b } = await pair();
      const [primary, secondary] = [await world.connect(a), await world.connect(b)];
      await primary.set("mine", "kept");
      await secondary.set("old", "removed");
      const answer = await fetchArm(world, "PUT", `${idOf(a)}/linkedServers/${b}`, {
        body: {
          properties: { linkedRedisCacheId: idOf(b), linkedRedisCacheLocation: "east", serverRole: "Secondary" },
        },
      });
      expect(answer.status).toBe(201);
      expect(((await answer.json()) as { properties: object }).properties).toMatchObject({
        provisioningState: "Creating",
      });
      const seen = await watchUntilLinked(a, secondary, primary);
      expect(seen.oldValueReadAfterRefusal).toBe(false);
      expect(await secondary.get("mine")).toBe("kept");
      expect(await secondary.exists("old")).toBe(0);
    });

    async function watchUntilLinked(a: string, secondary: Redis, primary: Redis) {
      let refused = 0;
      let oldValueReadAfterRefusal = false;
      await eventually("the link to succeed", async () => {
        await primary.incr("written-while-linking");
        const value = await secondary.get("old").catch((error: Error) => {
          if (/MASTERDOWN|LOADING/.test(error.message)) refused++;
          return null;
        });
        if (refused > 0 && value === "removed") oldValueReadAfterRefusal = true;
        return (await linkStates(a))[0] === "Secondary Succeeded";
      });
      return { refused, oldValueReadAfterRefusal };
    }

    it("P14, P31: a secondary whose primary is silent during the first sync refuses every command", async () => {
      const { a, b } = await pair();
      const secondary = await world.connect(b);
      await secondary.set("old", "hidden");
      const link = `replication:${b}:${a}`;
      const frozen = await freeze(world, a);
      try {
        await fetchArm(world, "PUT", `${idOf(a)}/linkedServers/${b}`, {
          body: {
            properties: { linkedRedisCacheId: idOf(b), linkedRedisCacheLocation: "east", serverRole: "Secondary" },
          },
        });
        await eventually("the refusals", async () => {
          const errors = await Promise.all([refusedBy(secondary.get("old")), refusedBy(secondary.ping())]);
          return errors.every((message) => /MASTERDOWN/.test(message));
        });
        expect(await world.network.listLinkIds()).toContain(link);
        expect((await world.client.redis.get(GROUP, b)).provisioningState).toBe("Linking");
      } finally {
        await frozen.thaw();
      }
      await eventually("the link to succeed", async () => (await linkStates(a))[0] === "Secondary Succeeded");
    });

    it("P24: a linked cache is not deleted until it is unlinked", async () => {
      const { a, b } = await linkedPair();
      for (const name of [a, b]) {
        expect(await refusal(world.client.redis.beginDeleteAndWait(GROUP, name, POLL))).toMatchObject({
          statusCode: 409,
        });
      }
      await world.unlink(a, b);
      await world.client.redis.beginDeleteAndWait(GROUP, b, POLL);
      expect(await refusal(world.client.redis.get(GROUP, b))).toEqual({ statusCode: 404, code: "ResourceNotFound" });
    });

    it("P26: a third cache is not linked", async () => {
      const { a, b } = await linkedPair();
      await world.createCache("third", { region: "east" });
      expect(await refusal(world.link(a, "third"))).toEqual({ statusCode: 400, code: "InvalidRequestBody" });
      expect(await refusal(world.link("third", b))).toMatchObject({ statusCode: 400 });
      expect(await linkStates("third")).toEqual([]);
    });

    it("P18, P32, P33: after unlinking the secondary keeps its data and takes writes, and nobody was refused meanwhile", async () => {
      const { a, b } = await linkedPair();
      const [primary, secondary] = [await world.connect(a), await world.connect(b)];
      await primary.set("kept", "yes");
      await eventually("the write to arrive", async () => (await secondary.get("kept")) === "yes");
      const unlinking = world.unlink(b, a);
      await Promise.all([primary.set("during", "1"), secondary.get("kept")]);
      await unlinking;
      expect(await secondary.get("kept")).toBe("yes");
      expect(await secondary.set("own", "1")).toBe("OK");
      expect(await primary.exists("own")).toBe(0);
      expect((await world.client.redis.get(GROUP, b)).provisioningState).toBe("Succeeded");
      expect(await linkStates(a)).toEqual([]);
    });

    it("P34, P36: a stalled link delays no write, and unlinking keeps what had arrived", async () => {
      const { a, b } = await linkedPair();
      const [primary, secondary] = [await world.connect(a), await world.connect(b)];
      await primary.set("arrived", "1");
      await eventually("the write to arrive", async () => (await secondary.exists("arrived")) === 1);
      world.network.stall(`replication:${b}:${a}`);
      expect(await primary.set("stuck", "1")).toBe("OK");
      await world.unlink(a, b);
      expect(await secondary.exists("arrived")).toBe(1);
      expect(await secondary.exists("stuck")).toBe(0);
    });

    it("P38, P39: nothing fails over by itself; unlinking from a frozen primary does not wait for it", async () => {
      const { a, b } = await linkedPair();
      const secondary = await world.connect(b);
      const frozen = await freeze(world, a);
      try {
        await expect(secondary.set("x", "1")).rejects.toThrow(/READONLY/);
        expect(await linkStates(b)).toEqual(["Primary Succeeded"]);
        await world.unlink(b, a);
        expect(await secondary.set("x", "1")).toBe("OK");
      } finally {
        await frozen.thaw();
      }
    });

    it("P17, P38: a linked primary that died stays dead, so that it does not wipe its secondary", async () => {
      const { a, b } = await linkedPair();
      const [primary, secondary] = [await world.connect(a), await world.connect(b)];
      await primary.set("precious", "1");
      await eventually("the write to arrive", async () => (await secondary.exists("precious")) === 1);
      const admin = await world.admin(a);
      await admin.shutdown("NOSAVE").catch(() => undefined);
      await eventually("the primary to be seen dead", async () => !(await isRunning(world, a)));
      expect(await secondary.get("precious")).toBe("1");
      await world.unlink(b, a);
      await eventually("the old primary to be restarted", () => isRunning(world, a));
      expect(await secondary.get("precious")).toBe("1");
      expect(await (await world.connect(a)).dbsize()).toBe(0);
    });

    it("clients can neither replicate nor configure, and maxmemory is the scaled size", async () => {
      await world.createCache("plain");
      const client = await world.connect("plain");
      for (const [command, ...args] of [
        ["replicaof", "no", "one"],
        ["config", "get", "*"],
        ["shutdown"],
        ["psync", "?", "-1"],
        ["acl", "list"],
      ] as const) {
        await expect(client.call(command, ...args)).rejects.toThrow(/NOPERM/);
      }
      const admin = await world.admin("plain");
      expect(await admin.config("GET", "maxmemory")).toEqual(["maxmemory", String(Math.floor((6 * 1024 ** 3) / 1000))]);
      const keys = await world.client.redis.listKeys(GROUP, "plain");
      const access = (await world.lab("GET", "/lab/caches/plain/access")) as { password: string };
      expect(keys.primaryKey).toBe(access.password);
    });

    it("a control plane that was restarted adopts its caches and links", async () => {
      const { a, b } = await linkedPair();
      const primary = await world.connect(a);
      await primary.set("before", "1");
      const state = (await world.lab("GET", "/lab/regions/west/members")) as { members: unknown[] };
      await world.restartControlPlane();
      expect(await world.lab("GET", "/lab/regions/west/members")).toEqual(state);
      expect(await linkStates(b)).toEqual(["Primary Succeeded"]);
      expect(await (await world.connect(a)).get("before")).toBe("1");
    });

    it("missing tokens, missing versions and unknown locations are refused in ARM's words", async () => {
      const unknown = await fetchArm(world, "GET", idOf("plain"), { token: "wrong" });
      expect(unknown.status).toBe(401);
      expect(await unknown.json()).toMatchObject({ error: { code: "InvalidAuthenticationToken" } });
      const path = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Cache/redis`;
      const unversioned = await fetchArm(world, "GET", path, { version: "" });
      expect(await unversioned.json()).toMatchObject({ error: { code: "MissingApiVersionParameter" } });
      expect(unversioned.headers.get("x-ms-request-id")).toBeTruthy();
      expect(await refusal(world.createCache("lost", { region: "atlantis" }))).toMatchObject({ statusCode: 400 });
    });
  });
}
