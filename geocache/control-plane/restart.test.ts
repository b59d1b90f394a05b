import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { isAlive, signalProcess } from "../../base/processes.ts";
import { cacheAccessSchema, geoLinkListSchema, labCacheListSchema, resolutionSchema } from "../../contracts/lab.ts";
import { refusal } from "./conformance/given.ts";
import { startProcesses, type Processes } from "./test-processes.ts";
import { eventually, GROUP, idOf, POLL } from "./test-world.ts";

const sku = { name: "Premium", family: "P", capacity: 1 };
const toPeer = (peer: string) => ({
  linkedRedisCacheId: idOf(peer),
  linkedRedisCacheLocation: "east",
  serverRole: "Secondary" as const,
});

let processes: Processes;
const open: Redis[] = [];

beforeAll(async () => {
  processes = await startProcesses();
  for (const region of ["west", "east"]) {
    await processes.lab.call({ method: "PUT", path: `/lab/regions/${region}`, body: {}, answer: z.unknown() });
  }
});
afterAll(async () => {
  for (const redis of open) redis.disconnect();
  await processes.end();
});

const ask = async <T>(path: string, answer: z.ZodType<T>): Promise<T> =>
  await processes.lab.call({ method: "GET", path, answer });
const redisServers = async (): Promise<Record<string, boolean>> =>
  Object.fromEntries((await ask("/lab/caches", labCacheListSchema)).caches.map((one) => [one.cache, one.running]));
const geoLinks = async (): Promise<string[]> =>
  (await ask("/lab/geo-links", geoLinkListSchema)).links.map((one) => `${one.primary} ${one.secondary} ${one.state}`);

async function connect(cache: string): Promise<Redis> {
  const { endpoint } = await ask(`/lab/resolve?from=west&cache=${cache}`, resolutionSchema);
  const { username, password } = await ask(`/lab/caches/${cache}/access`, cacheAccessSchema);
  const redis = new Redis({ ...endpoint, tls: undefined, username, password, commandTimeout: 3000 });
  redis.on("error", () => undefined);
  open.push(redis);
  return redis;
}

async function linkedPair(primary: string, secondary: string): Promise<void> {
  const { redis, linkedServer } = processes.arm;
  await Promise.all([
    redis.beginCreateAndWait(GROUP, primary, { location: "west", sku }, POLL),
    redis.beginCreateAndWait(GROUP, secondary, { location: "east", sku }, POLL),
  ]);
  await linkedServer.beginCreateAndWait(GROUP, primary, secondary, toPeer(secondary), POLL);
}

/** What a client of ARM and of the lab sees of the pair, with the process numbers behind it. */
async function everythingOf(primary: string, secondary: string) {
  const { redis } = processes.arm;
  const both = [primary, secondary];
  return {
    caches: await Promise.all(both.map((name) => redis.get(GROUP, name))),
    keys: await Promise.all(both.map((name) => redis.listKeys(GROUP, name))),
    servers: await Promise.all(both.map((name) => processes.redisOf(name))),
    lab: await ask("/lab/caches", labCacheListSchema),
    links: await ask("/lab/geo-links", geoLinkListSchema),
    endpoints: await ask("/lab/endpoints", z.object({ endpoints: z.array(resolutionSchema) })),
  };
}

it("after kill -9 of control plane and network: the same caches, keys, links, addresses and redis-servers with their data", async () => {
  await linkedPair("one", "two");
  const [primary, secondary] = [await connect("one"), await connect("two")];
  await primary.set("before", "1");
  const before = await everythingOf("one", "two");

  await processes.kill("geocache");
  expect(await primary.get("before")).toBe("1");
  await processes.kill("network");
  await processes.start("network");
  await processes.start("geocache");

  expect(await everythingOf("one", "two")).toEqual(before);
  await eventually("the old clients to be back", async () => (await primary.get("before")) === "1");
  await primary.set("after", "1");
  await eventually("replication to go on", async () => (await secondary.get("after")) === "1");
  expect(await secondary.get("before")).toBe("1");
});

it("after kill -9: a create, a link, an unlink and a delete that were under way go on and end, for pollers that waited", async () => {
  const { redis, linkedServer } = processes.arm;
  await linkedPair("three", "four");
  for (const [name, location] of [
    ["five", "west"],
    ["six", "east"],
    ["gone", "west"],
  ] as const) {
    await redis.beginCreateAndWait(GROUP, name, { location, sku }, POLL);
  }
  // A silent primary holds up the link, a silent secondary the unlink, a silent network the delete.
  const gone = await processes.redisOf("gone");
  const silent = [processes.identityOf("network"), await processes.redisOf("four"), await processes.redisOf("five")];
  for (const server of silent) signalProcess(server, "SIGSTOP");
  await processes.slowStarts(true);
  const pollers = await Promise.all([
    redis.beginCreate(GROUP, "late", { location: "east", sku }, POLL),
    linkedServer.beginCreate(GROUP, "five", "six", toPeer("six"), POLL),
    linkedServer.beginDelete(GROUP, "three", "four", POLL),
    redis.beginDelete(GROUP, "gone", POLL),
  ]);
  expect(pollers.map((poller) => poller.isDone())).toEqual([false, false, false, false]);

  await processes.kill("geocache");
  await processes.slowStarts(false);
  await processes.start("geocache");
  expect(await geoLinks()).toEqual(expect.arrayContaining(["five six Creating", "three four Deleting"]));
  for (const server of silent) signalProcess(server, "SIGCONT");
  await Promise.all(pollers.map((poller) => poller.pollUntilDone()));

  expect(await geoLinks()).toEqual(["five six Succeeded", "one two Succeeded"]);
  expect((await redis.get(GROUP, "late")).provisioningState).toBe("Succeeded");
  expect(await (await connect("late")).set("takes", "writes")).toBe("OK");
  expect(await (await connect("four")).set("takes", "writes")).toBe("OK");
  expect(await refusal(redis.get(GROUP, "gone"))).toMatchObject({ statusCode: 404 });
  expect(isAlive(gone)).toBe(false);
});

it("a redis-server that died meanwhile is told: a linked primary stays dead beside its data, a regular cache comes back empty", async () => {
  await linkedPair("seven", "eight");
  await (await connect("seven")).set("precious", "1");
  const secondary = await connect("eight");
  await eventually("the write to arrive", async () => (await secondary.get("precious")) === "1");
  await (await connect("late")).set("lost", "1");
  const dead = await Promise.all(["seven", "late"].map((name) => processes.redisOf(name)));

  await processes.kill("geocache");
  for (const server of dead) signalProcess(server, "SIGKILL");
  await processes.start("geocache");

  await eventually("the regular cache to be back", async () => (await redisServers())["late"] === true);
  expect(await (await connect("late")).dbsize()).toBe(0);
  expect(await redisServers()).toMatchObject({ seven: false, eight: true });
  expect(await geoLinks()).toContain("seven eight Succeeded");
  expect(await secondary.get("precious")).toBe("1");
});
