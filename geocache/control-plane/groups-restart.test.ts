import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { isAlive, signalProcess, type ProcessIdentity } from "../../base/processes.ts";
import { serviceUrl } from "../../base/registration.ts";
import { waitFor } from "../../base/waits.ts";
import { groupViewSchema, type GroupView } from "../../contracts/groups.ts";
import { cacheAccessSchema, regionMemberListSchema, resolutionSchema } from "../../contracts/lab.ts";
import { enterpriseClient, linkTo, NICKNAME } from "./test-groups.ts";
import { startProcesses, type Processes } from "./test-processes.ts";
import { GROUP, POLL } from "./test-world.ts";

const names = ["one", "two", "three"] as const;

let processes: Processes;
const open: Redis[] = [];

beforeAll(async () => {
  processes = await startProcesses();
  for (const region of ["west", "east"]) {
    await processes.lab.call({ method: "PUT", path: `/lab/regions/${region}`, body: {}, answer: z.unknown() });
  }
  await create("one", ["one"]);
  await create("two", ["one", "two"]);
}, 90_000);
afterAll(async () => {
  for (const redis of open) redis.disconnect();
  await processes.end();
}, 60_000);

const ask = async <T>(path: string, answer: z.ZodType<T>): Promise<T> =>
  await processes.lab.call({ method: "GET", path, answer });
const view = async (): Promise<GroupView> => await ask(`/lab/groups/${NICKNAME}`, groupViewSchema);

async function arm() {
  const armUrl = await serviceUrl(processes.home, "geocache-arm");
  return await enterpriseClient({ armUrl, home: processes.home }, processes.credentials.arm);
}

async function begin(name: string, linked: readonly string[]) {
  const { redisEnterprise, databases } = await arm();
  const tags = { "lifeboat-memory-scale": "50" };
  const location = name === "one" ? "west" : "east";
  const cluster = { location, sku: { name: "Enterprise_E1", capacity: 2 }, tags };
  await redisEnterprise.beginCreateAndWait(GROUP, name, cluster, POLL);
  const geoReplication = { groupNickname: NICKNAME, linkedDatabases: linkTo(...linked) };
  return await databases.beginCreate(GROUP, name, "default", { geoReplication }, POLL);
}

async function create(name: string, linked: readonly string[]): Promise<void> {
  await (await begin(name, linked)).pollUntilDone();
}

async function connect(cache: string): Promise<Redis> {
  const { endpoint } = await ask(`/lab/resolve?from=west&cache=${cache}`, resolutionSchema);
  const { username, password } = await ask(`/lab/caches/${cache}/access`, cacheAccessSchema);
  const redis = new Redis({ ...endpoint, tls: undefined, username, password, commandTimeout: 3000 });
  redis.on("error", () => undefined);
  open.push(redis);
  return redis;
}

async function processesOf(region: string): Promise<unknown[]> {
  return (await ask(`/lab/regions/${region}/members`, regionMemberListSchema)).members;
}

async function eventually(what: string, check: () => Promise<boolean>): Promise<void> {
  await waitFor(check, { what, timeoutMs: 60_000 });
}

async function syncerOf(cache: string): Promise<ProcessIdentity> {
  for (const region of ["west", "east"]) {
    for (const one of (await ask(`/lab/regions/${region}/members`, regionMemberListSchema)).members) {
      if (one.host === "process" && one.name === `${cache}-syncer`) return one;
    }
  }
  throw new Error(`no syncer of ${cache}`);
}

it("a join that was under way when the control plane was killed goes on and ends, for a poller that waited", async () => {
  await (await connect("one")).set("before", "1");
  const poller = await begin("three", names);
  await processes.kill("geocache");
  await processes.start("geocache");
  await poller.pollUntilDone();
  expect(await (await connect("three")).get("before")).toBe("1");
  const group = await view();
  expect(group.members.map(({ cache, view: own }) => [cache, own?.phase, own?.epoch])).toEqual(
    names.map((name) => [name, "open", 3]),
  );
}, 90_000);

it("after kill -9 a group of three is adopted as it is: no process ends, and writes go on arriving everywhere", async () => {
  const before = [await processesOf("west"), await processesOf("east")];
  const [one, three] = [await connect("one"), await connect("three")];
  await processes.kill("geocache");
  await one.set("meanwhile", "1");
  await eventually("it to arrive without a control plane", async () => (await three.get("meanwhile")) === "1");
  await processes.start("geocache");
  expect([await processesOf("west"), await processesOf("east")]).toEqual(before);
  expect((await view()).epoch).toBe(3);
  await three.set("after", "1");
  await eventually("it to arrive", async () => (await one.get("after")) === "1");
}, 90_000);

it("what died with the control plane is started again: a syncer goes on, and a redis comes back with the group's data", async () => {
  const two = await syncerOf("two");
  const redis = await processes.redisOf("three");
  await processes.kill("geocache");
  for (const dead of [two, redis]) signalProcess(dead, "SIGKILL");
  await waitFor(() => !isAlive(two) && !isAlive(redis), { what: "both to be dead", timeoutMs: 10_000 });
  await processes.start("geocache");
  await eventually("all to be open", async () => (await view()).members.every((one) => one.view?.phase === "open"));
  const again = await connect("three");
  await eventually("the data to be back", async () => (await again.get("after").catch(() => null)) === "1");
  await (await connect("two")).set("all", "well");
  await eventually("a write to arrive", async () => (await again.get("all").catch(() => null)) === "well");
  expect((await view()).totalLoss).toBe(false);
}, 120_000);

it("all that come back empty at once are a total loss: it is said, and the group goes on without data", async () => {
  const servers = await Promise.all(names.map((name) => processes.redisOf(name)));
  for (const server of servers) signalProcess(server, "SIGKILL");
  await eventually("the loss to be said", async () => (await view()).totalLoss);
  await eventually("all to be open", async () => (await view()).members.every((one) => one.view?.phase === "open"));
  const [one, three] = [await connect("one"), await connect("three")];
  expect(await one.dbsize()).toBe(0);
  await one.set("new", "1");
  await eventually("a write to arrive", async () => (await three.get("new").catch(() => null)) === "1");
}, 120_000);
