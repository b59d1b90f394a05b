import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fetchArm } from "../test-faults.ts";
import { databaseIdOf, linkTo, NICKNAME, refusedAs, type GroupWorld, type MemberOptions } from "../test-groups.ts";
import { eventually, GROUP, idOf, POLL, type World } from "../test-world.ts";

/** Who may be in a group, and how one says so. */
export function groupingRules(world: () => World, groups: GroupWorld): void {
  describe("grouping", () => {
    /** A cluster whose database is refused, and nothing has changed. */
    async function expectRefusal(options: MemberOptions, rule: string, field: string): Promise<void> {
      await groups.createCluster("asks", { region: "east", ...options });
      const before = await groups.everything();
      const refused = await refusedAs(groups.createDatabase("asks", options));
      expect(refused).toMatchObject({ message: expect.stringContaining(`(${rule})`) });
      expect(refused.message).toContain(field);
      expect([400, 409]).toContain(refused.status);
      expect(await groups.everything()).toEqual(before);
      await groups.remove("asks");
    }
    const both = ["first", "asks"];

    beforeAll(async () => {
      await groups.join("first", { database: { evictionPolicy: "AllKeysLRU" } });
    }, 60_000);
    afterAll(async () => {
      await world().clear();
    }, 60_000);

    it("A14, A16, A30, A31, A32, A33: the first member makes the group; its database shows group, members and settings", async () => {
      const shown = await (await groups.client()).databases.get(GROUP, "first", "default");
      expect(shown).toMatchObject({
        id: databaseIdOf("first"),
        name: "default",
        provisioningState: "Succeeded",
        resourceState: "Running",
        evictionPolicy: "AllKeysLRU",
        clusteringPolicy: "OSSCluster",
        clientProtocol: "Encrypted",
        modules: [],
        geoReplication: { groupNickname: NICKNAME, linkedDatabases: [{ id: databaseIdOf("first"), state: "Linked" }] },
      });
      const cluster = await (await groups.client()).redisEnterprise.get(GROUP, "first");
      expect(cluster).toMatchObject({ location: "west", sku: { name: "Enterprise_E1" }, resourceState: "Running" });
      // The same request again changes nothing.
      await groups.createDatabase("first", { database: { evictionPolicy: "AllKeysLRU" } });
      expect((await groups.view()).epoch).toBe(1);
    });

    it("A16: a request that does not list the database itself is refused", async () => {
      await expectRefusal({ linked: ["first"] }, "A16", "linkedDatabases");
      await expectRefusal({ linked: [] }, "A16", "linkedDatabases");
    });

    it("A17: a request that lists not every member, or a stranger, is refused", async () => {
      await expectRefusal({ linked: ["asks"] }, "A17", databaseIdOf("first"));
      await expectRefusal({ linked: ["first", "nobody", "asks"] }, "A17", databaseIdOf("nobody"));
    });

    it("A18: an id of another form is refused, and so is one in another case", async () => {
      for (const id of [
        `${databaseIdOf("first")}/`,
        idOf("first"),
        databaseIdOf("first").replace("default", "other"),
      ]) {
        const linkedDatabases = [{ id }, ...linkTo("asks")];
        const database = { geoReplication: { groupNickname: NICKNAME, linkedDatabases } };
        await expectRefusal({ database }, "A18", "linkedDatabases[0].id");
      }
      await expectRefusal({ linked: ["FIRST", "asks"] }, "A17", databaseIdOf("first"));
    });

    it("A27: a nickname that is not the group's, case included, and one of another form are refused", async () => {
      await expectRefusal({ linked: both, nickname: "Players" }, "A27", "groupNickname");
      await expectRefusal({ linked: ["asks"], nickname: "no_name" }, "A27", "groupNickname");
    });

    const alike = { evictionPolicy: "AllKeysLRU" } as const;
    const differing: [string, MemberOptions][] = [
      ["sku.name", { cluster: { sku: { name: "Enterprise_E5", capacity: 2 } }, database: alike }],
      ["sku.capacity", { cluster: { sku: { name: "Enterprise_E1", capacity: 4 } }, database: alike }],
      ["properties.minimumTlsVersion", { cluster: { minimumTlsVersion: "1.1" }, database: alike }],
      ["properties.evictionPolicy", { database: { evictionPolicy: "NoEviction" } }],
      ["properties.clusteringPolicy", { database: { ...alike, clusteringPolicy: "EnterpriseCluster" } }],
      ["properties.clientProtocol", { database: { ...alike, clientProtocol: "Plaintext" } }],
      ["properties.modules", { database: { ...alike, modules: [{ name: "RedisJSON" }] } }],
    ];
    it.each(differing)("A10: a joiner whose %s differs is refused, and the field is named", async (field, options) => {
      await expectRefusal({ linked: both, ...options }, "A10", field);
    });

    it("A06, A07, A08: a member has no other modules, evicts nothing on flash and has no persistence", async () => {
      const alone = { linked: ["asks"], nickname: "others" };
      await expectRefusal({ ...alone, database: { modules: [{ name: "RedisBloom" }] } }, "A06", "RedisBloom");
      const flash = { sku: { name: "EnterpriseFlash_F300", capacity: 3 } };
      await expectRefusal({ ...alone, cluster: flash }, "A07", "properties.evictionPolicy");
      await expectRefusal({ ...alone, database: { persistence: { aofEnabled: true } } }, "A08", "aofEnabled");
    });

    it("A05: neither a size of another tier nor a cache of the older service has a group", async () => {
      const before = await groups.everything();
      const size = { location: "west", sku: { name: "Premium_P1" } };
      const { redisEnterprise } = await groups.client();
      const refused = await refusedAs(redisEnterprise.beginCreateAndWait(GROUP, "asks", size as never, POLL));
      expect(refused).toMatchObject({ status: 400, message: expect.stringContaining("(A05)") });
      const properties = { sku: { name: "Premium", family: "P", capacity: 1 }, geoReplication: {} };
      const older = await fetchArm(world(), "PUT", idOf("asks"), { body: { location: "west", properties } });
      expect([older.status, await older.text()]).toEqual([400, expect.stringContaining("(A05)")]);
      // Each service shows its own caches alone.
      expect((await fetchArm(world(), "GET", idOf("first"))).status).toBe(404);
      const taken = { location: "west", properties: { sku: properties.sku } };
      expect((await fetchArm(world(), "PUT", idOf("first"), { body: taken })).status).toBe(409);
      expect(await groups.everything()).toEqual(before);
    });

    it("A09, A19: a running database gets no group, and no other clustering policy", async () => {
      await groups.createCluster("running", { region: "east" });
      const { databases } = await groups.client();
      await databases.beginCreateAndWait(GROUP, "running", "default", {}, POLL);
      const before = await groups.everything();
      const geoReplication = { groupNickname: NICKNAME, linkedDatabases: linkTo("first", "running") };
      const put = await refusedAs(databases.beginCreateAndWait(GROUP, "running", "default", { geoReplication }, POLL));
      expect(put).toMatchObject({ status: 400, message: expect.stringContaining("(A09)") });
      const properties = { properties: { geoReplication } };
      const patched = await fetchArm(world(), "PATCH", databaseIdOf("running"), { body: properties });
      expect([patched.status, await patched.text()]).toEqual([400, expect.stringContaining("(A09)")]);
      const policy = { clusteringPolicy: "EnterpriseCluster" as const };
      const other = await refusedAs(databases.beginUpdateAndWait(GROUP, "running", "default", policy, POLL));
      expect(other).toMatchObject({ status: 400, message: expect.stringContaining("(A19)") });
      const grouped = { evictionPolicy: "NoEviction" as const };
      const member = await refusedAs(databases.beginUpdateAndWait(GROUP, "first", "default", grouped, POLL));
      expect(member).toMatchObject({ status: 400, message: expect.stringContaining("(A10)") });
      expect(await groups.everything()).toEqual(before);
      await databases.beginUpdateAndWait(GROUP, "running", "default", { evictionPolicy: "AllKeysLFU" }, POLL);
      const redis = await world().admin("running");
      expect(await redis.config("GET", "maxmemory-policy")).toEqual(["maxmemory-policy", "allkeys-lfu"]);
      await groups.remove("running");
    });

    it("A15: nobody joins while another one does, or while a member does not answer", async () => {
      const release = world().holdStart("slow");
      await groups.createCluster("slow", { region: "east" });
      const joining = groups.createDatabase("slow", { linked: ["first", "slow"], database: alike });
      try {
        await eventually("the first to know of the second", async () =>
          (await groups.view()).members.some(({ cache, view }) => cache === "first" && view?.epoch === 2),
        );
        await expectRefusal({ linked: ["first", "slow", "asks"], database: alike }, "A15", databaseIdOf("slow"));
      } finally {
        release();
      }
      await joining;
      const frozen = await groups.freeze("slow");
      await expectRefusal({ linked: ["first", "slow", "asks"], database: alike }, "A15", "slow");
      await frozen.thaw();
    });
  });
}
