import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { isAlive, signalProcess } from "../../base/processes.ts";
import { waitFor } from "../../base/waits.ts";
import { startGroupProcesses, type GroupProcesses } from "./test-group-processes.ts";
import { linkTo, NICKNAME } from "./test-groups.ts";
import type { Processes } from "./test-processes.ts";
import { GROUP, POLL } from "./test-world.ts";

const names = ["one", "two", "three"] as const;

let world: GroupProcesses;
let processes: Processes;

beforeAll(async () => {
  world = await startGroupProcesses();
  ({ processes } = world);
  await world.groups.join("one");
  await world.groups.join("two", { region: "east", linked: ["one", "two"] });
}, 90_000);
afterAll(async () => {
  await world.end();
}, 60_000);

const view = async () => await world.groups.view();
const connect = async (cache: string): Promise<Redis> => await world.connect(cache);

async function beginThree() {
  await world.groups.createCluster("three", { region: "east" });
  const { databases } = await world.groups.client();
  const geoReplication = { groupNickname: NICKNAME, linkedDatabases: linkTo(...names) };
  return await databases.beginCreate(GROUP, "three", "default", { geoReplication }, POLL);
}

async function eventually(what: string, check: () => Promise<boolean>): Promise<void> {
  await waitFor(check, { what, timeoutMs: 60_000 });
}

it("a join that was under way when the control plane was killed goes on and ends, for a poller that waited", async () => {
  await (await connect("one")).set("before", "1");
  const poller = await beginThree();
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
  const before = [await world.membersOf("west"), await world.membersOf("east")];
  const [one, three] = [await connect("one"), await connect("three")];
  await processes.kill("geocache");
  await one.set("meanwhile", "1");
  await eventually("it to arrive without a control plane", async () => (await three.get("meanwhile")) === "1");
  await processes.start("geocache");
  expect([await world.membersOf("west"), await world.membersOf("east")]).toEqual(before);
  expect((await view()).epoch).toBe(3);
  await three.set("after", "1");
  await eventually("it to arrive", async () => (await one.get("after")) === "1");
}, 90_000);

it("what died with the control plane is started again: a syncer goes on, and a redis comes back with the group's data", async () => {
  const two = await world.syncerOf("two");
  const redis = await processes.redisOf("three");
  await processes.kill("geocache");
  for (const dead of [two, redis]) signalProcess(dead, "SIGKILL");
  await waitFor(() => !isAlive(two) && !isAlive(redis), { what: "both to be dead", timeoutMs: 10_000 });
  await processes.start("geocache");
  await world.allOpen();
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
  await world.allOpen();
  const [one, three] = [await connect("one"), await connect("three")];
  expect(await one.dbsize()).toBe(0);
  await one.set("new", "1");
  await eventually("a write to arrive", async () => (await three.get("new").catch(() => null)) === "1");
}, 120_000);
