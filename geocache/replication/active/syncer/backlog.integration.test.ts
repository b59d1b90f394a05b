import { afterEach, beforeEach, expect, it } from "vitest";
import { Members, type TestMember } from "./members.test-helper.ts";

/** More than a syncer takes before it has applied some. */
const MANY = 15_000;
const VALUE = "x".repeat(100);
const SOON = { timeout: 60_000, interval: 50 };

let group: Members;
let [m0, m1, m2]: TestMember[] = [];
beforeEach(async () => {
  group = await Members.create();
  m0 = await group.grow("m0");
  m1 = await group.grow("m1");
  m2 = await group.grow("m2");
});
afterEach(() => group.stop());

it("whoever was away takes in a long backlog of one member that waits for a word of another one", async () => {
  if (m0 === undefined || m1 === undefined || m2 === undefined) throw new Error("a group of three");
  await group.cut("m0", "m1");
  await group.cut("m0", "m2");
  await m2.client.set("earlier", "1");
  await expect.poll(() => m1?.client.get("earlier"), SOON).toBe("1");
  await m1.client.set("first", "1");
  await expect.poll(() => m2?.client.get("first"), SOON).toBe("1");
  const pipeline = m2.client.pipeline();
  for (let count = 0; count < MANY; count += 1) pipeline.set(`key ${count}`, VALUE);
  await pipeline.exec();
  // m1 stays out of reach: m2 passes its word on, behind all of its own.
  await group.mend("m0", "m2");
  await expect.poll(() => m0?.client.dbsize(), SOON).toBe(MANY + 2);
  await group.heal();
  await group.equal(m0, m1, m2);
});

it("an entry of more fields than a function can pass on stops nobody, and goes away everywhere", async () => {
  if (m0 === undefined || m1 === undefined || m2 === undefined) throw new Error("a group of three");
  const fields = Array.from({ length: 4200 }, (_, index) => [`f${index}`, "v"]).flat();
  await m0.client.xadd("large", "*", ...fields);
  await m0.client.set("behind it", "1");
  await expect.poll(() => m1?.client.get("behind it"), SOON).toBe("1");
  await group.equal(m0, m1, m2);
  expect(await m0.client.exists("large")).toBe(0);
  expect([m0, m1, m2].flatMap(({ failures }) => failures)).toEqual([]);
});
