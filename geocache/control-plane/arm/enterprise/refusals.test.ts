import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProcessHost } from "../../../hosts/process-host.ts";
import { createGroupWorld, databaseIdOf } from "../../test-groups.ts";
import { fetchArm, type ArmRequest } from "../../test-faults.ts";
import { createWorld, type World } from "../../test-world.ts";

let world: World;
const groups = createGroupWorld(() => world);

beforeAll(async () => {
  world = await createWorld(createProcessHost);
  await groups.createCluster("own");
  await groups.createCluster("bare");
  await (await groups.client()).databases.beginCreateAndWait("drill-rg", "own", "default", {});
});
afterAll(async () => {
  await world.close();
});

const clusterId = (name: string): string => databaseIdOf(name).replace("/databases/default", "");
const sku = { name: "Enterprise_E1", capacity: 2 };
const clusterOf = (change: object): ArmRequest => ({ body: { location: "west", sku, ...change } });
const databaseOf = (properties: object): ArmRequest => ({ body: { properties } });

type Wrong = readonly [method: string, path: string, request: ArmRequest, names: string];
const wrong: Wrong[] = [
  ["PUT", clusterId("new"), {}, "body"],
  ["PUT", clusterId("new"), { text: '{"location":' }, "body"],
  ["PUT", clusterId("new"), clusterOf({ location: "atlantis" }), "location"],
  ["PUT", clusterId("new"), clusterOf({ sku: undefined }), "sku"],
  ["PUT", clusterId("new"), clusterOf({ sku: { ...sku, capacity: 3 } }), "sku.capacity"],
  ["PUT", clusterId("new"), clusterOf({ sku: { name: "Balanced_B5", capacity: 2 } }), "sku.capacity"],
  ["PUT", clusterId("new"), clusterOf({ sku: { name: "Enterprise_E11" } }), "sku.name"],
  ["PUT", clusterId("new"), clusterOf({ tags: { "lifeboat-memory-scale": "0" } }), "tags.lifeboat-memory-scale"],
  ["PUT", clusterId("new"), clusterOf({ properties: { minimumTlsVersion: "9" } }), "properties.minimumTlsVersion"],
  ["PUT", clusterId("a--b"), clusterOf({}), "name"],
  ["PATCH", clusterId("own"), { body: { sku } }, "sku"],
  ["PUT", databaseIdOf("bare").replace("default", "other"), databaseOf({}), "databaseName"],
  ["PUT", databaseIdOf("bare"), databaseOf({ evictionPolicy: "Never" }), "properties.evictionPolicy"],
  ["PUT", databaseIdOf("bare"), databaseOf({ port: "1" }), "properties.port"],
  [
    "PUT",
    databaseIdOf("bare"),
    databaseOf({ geoReplication: { groupNickname: "x" } }),
    "properties.geoReplication.linkedDatabases",
  ],
  ["PATCH", databaseIdOf("own"), databaseOf({ modules: [{ name: "RedisJSON" }] }), "properties.modules"],
  ["POST", `${databaseIdOf("own")}/forceUnlink`, {}, "body"],
  ["POST", `${databaseIdOf("own")}/forceUnlink`, { body: { ids: "x" } }, "ids"],
  ["POST", `${databaseIdOf("own")}/forceUnlink`, { body: { ids: ["x"] } }, "ids[0]"],
  ["POST", `${databaseIdOf("own")}/flush`, { body: { ids: ["x"] } }, "ids[0]"],
  ["POST", `${databaseIdOf("own")}/regenerateKey`, { body: { keyType: "Third" } }, "keyType"],
];

it.each(wrong)("%s %s with %j is refused, names %s and changes nothing", async (method, path, request, names) => {
  const before = await groups.everything();
  const answer = await fetchArm(world, method, path, request);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: { target: names, message: expect.any(String) } });
  expect(await groups.everything()).toEqual(before);
});

describe("a database that is in no group", () => {
  it("is one cache of the lab: read and written, its key changed, flushed, listed and deleted with its cluster", async () => {
    const redis = await world.connect("own");
    await redis.set("key", "1");
    const { databases } = await groups.client();
    const { primaryKey } = await databases.listKeys("drill-rg", "own", "default");
    const options = { keyType: "Primary" as const };
    await databases.beginRegenerateKeyAndWait("drill-rg", "own", "default", options, { updateIntervalInMs: 20 });
    expect((await databases.listKeys("drill-rg", "own", "default")).primaryKey).not.toBe(primaryKey);
    expect(await (await world.connect("own")).get("key")).toBe("1");
    await groups.flush("own");
    expect(await (await world.connect("own")).dbsize()).toBe(0);
    for (const path of [databaseIdOf("absent"), clusterId("absent"), databaseIdOf("bare")]) {
      expect((await fetchArm(world, "GET", path)).status).toBe(404);
    }
    expect((await fetchArm(world, "PUT", databaseIdOf("absent"), databaseOf({}))).status).toBe(404);
    await groups.remove("own");
    await groups.remove("own");
    expect(await world.lab("GET", "/lab/caches")).toEqual({ caches: [] });
  });
});
