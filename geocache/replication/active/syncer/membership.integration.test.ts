import type { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Members, type TestMember } from "./members.test-helper.ts";

const SOON = { timeout: 30_000, interval: 50 };
const CHURN_BYTES = 10_000;
const CHURN_WRITES = 1000;

let group: Members;
let m0: TestMember;
let m1: TestMember;
let m2: TestMember;
beforeEach(async () => {
  group = await Members.create();
  m0 = await group.grow("m0");
  m1 = await group.grow("m1");
  m2 = await group.grow("m2");
});
afterEach(() => group.stop());

async function usedMemory(client: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await client.info("memory"))?.[1]);
}

async function churn(client: Redis): Promise<void> {
  for (let count = 0; count < CHURN_WRITES; count += 1) {
    await client.set(`churn ${count % 5}`, `${count}`.padEnd(CHURN_BYTES, "x"));
  }
}

describe("an order of the control plane", () => {
  it("of an older epoch is refused, one that is known already changes nothing", async () => {
    const { epoch } = await m0.view();
    await expect(m0.syncer.setMembership({ epoch: epoch - 1, peers: [] })).rejects.toMatchObject({
      code: "STALE_TOKEN",
    });
    await expect(m0.syncer.setMembership({ epoch, peers: [] })).rejects.toMatchObject({ code: "CONFLICT" });
    await group.tell("m0");
    expect(await m0.view()).toMatchObject({ epoch, members: ["m0", "m1", "m2"], phase: "open" });
  });

  it("outlives the syncer", async () => {
    const { epoch } = await m1.view();
    await m1.stopSyncer();
    await m1.startSyncer();
    expect(await m1.view()).toMatchObject({ epoch, members: ["m0", "m1", "m2"], phase: "open" });
    await m1.client.set("after", "the restart");
    await group.equal(m0, m1, m2);
  });
});

describe("a syncer that holds writes back for a flush", () => {
  it("lets them go on when it is told so, and its successor does when it died", async () => {
    await m1.syncer.pauseWrites(20_000);
    let isWritten = false;
    const writing = m1.client.set("held", "1").then(() => (isWritten = true));
    const reader = m1.client.duplicate();
    expect(await reader.get("held")).toBeNull();
    reader.disconnect();
    expect(isWritten).toBe(false);
    await m1.syncer.resumeWrites();
    await writing;
    await m1.syncer.pauseWrites(20_000);
    await m1.stopSyncer();
    // Its first words would have to wait as well.
    await m1.startSyncer();
    await m1.client.set("after", "1");
    await group.equal(m0, m1, m2);
  });
});

describe("a member that is gone", () => {
  it("A21, A22, A23: is unlinked by force; survivors are level then, and what piled up for it is released", async () => {
    await group.cut("m1", "m2");
    await group.cut("m0", "m1");
    for (let count = 0; count < 100; count += 1) await m2.client.rpush("sent to one", `${count}`);
    await expect.poll(() => m0.client.llen("sent to one"), SOON).toBe(100);
    await group.cut("m0", "m2");
    await m2.client.set("sent to nobody", "1");
    await m2.stopSyncer();
    await m1.client.rpush("sent to one", "from m1");
    await churn(m0.client);
    const [full, before] = [await usedMemory(m0.client), (await m0.view()).logBytes];
    expect(before).toBeGreaterThan(CHURN_BYTES * CHURN_WRITES * 0.9);
    expect((await m0.view()).peers.find(({ member }) => member === "m2")).toMatchObject({ state: "silent" });

    await group.order(["m0", "m1"]);
    await group.heal();
    await group.equal(m0, m1);
    expect(await m1.client.llen("sent to one")).toBe(101);
    for (const survivor of [m0, m1]) await expect.poll(async () => (await survivor.view()).logBytes, SOON).toBe(0);
    expect(full - (await usedMemory(m0.client))).toBeGreaterThan(before * 0.8);
  });

  it("A24: comes back with an old epoch and is refused; wiped and told anew it shows the group's data", async () => {
    await m2.client.set("stale", "known to all");
    await group.equal(m0, m1, m2);
    await m2.stopSyncer();
    await group.order(["m0", "m1"]);
    await m0.client.del("stale");
    await m2.client.set("late", "1");
    await m2.startSyncer();
    const states = async (): Promise<string[]> => (await m2.view()).peers.map(({ state }) => state);
    await expect.poll(states, SOON).toEqual(["refused", "refused"]);
    await m0.client.set("fence", "1");
    await group.equal(m0, m1);
    expect(await m1.client.exists("late", "stale")).toBe(0);

    const { origin } = await m2.view();
    await m2.stop();
    await m2.startRedis();
    await m2.startSyncer();
    await group.order(["m0", "m1", "m2"]);
    await m2.isIn("open");
    await group.equal(m0, m1, m2);
    expect(await m2.client.exists("late", "stale")).toBe(0);
    expect((await m2.view()).origin).not.toBe(origin);
    await m2.client.set("back", "1");
    await group.equal(m0, m1, m2);
  });

  it("A20: leaves when everybody has what it wrote", async () => {
    for (let count = 0; count < 500; count += 1) await m2.client.incr("visits");
    expect(await m2.syncer.leave(20_000)).toBe(0);
    expect(m2.phases.at(-1)).toBe("joining");
    await m2.stop();
    await group.order(["m0", "m1"]);
    expect(await m0.client.get("visits")).toBe("500");
    await m1.client.incr("visits");
    await expect.poll(() => m0.client.get("visits"), SOON).toBe("501");
    await expect.poll(async () => (await m0.view()).logBytes, SOON).toBe(0);
  });

  it("says how much of what it wrote nobody has when it cannot be reached", async () => {
    await group.cut("m0", "m2");
    await group.cut("m1", "m2");
    for (let count = 0; count < 7; count += 1) await m2.client.incr("unsent");
    expect(await m2.syncer.leave(300)).toBe(7);
  });
});

describe("a flush by the control plane", () => {
  it("A12: empties every member, and nothing of before comes back", async () => {
    await m0.client.set("old", "1");
    await m1.client.rpush("old list", "1");
    await group.equal(m0, m1, m2);
    await group.cut("m1", "m2");
    await m2.client.set("old, on its way", "1");
    const epoch = (await m0.view()).epoch + 1;
    for (const member of [m0, m1, m2]) await member.syncer.pauseWrites(20_000);
    const waiting = m1.client.set("written behind the flush", "1");
    for (const member of [m0, m1, m2]) await member.syncer.wipe(group.orderOf(member.name, epoch));
    await waiting;
    await group.order(["m0", "m1", "m2"], epoch);
    await group.heal();
    await m2.client.set("new", "1");
    await expect
      .poll(async () => (await m0.client.keys("*")).toSorted(), SOON)
      .toEqual(["new", "written behind the flush"]);
    await group.equal(m0, m1, m2);
    await expect(m0.syncer.wipe({ epoch: epoch - 1, peers: [] })).rejects.toMatchObject({ code: "STALE_TOKEN" });
  });

  it("A12: that is ordered twice at once happens once, so that nothing written since is lost", async () => {
    const order = group.orderOf("m1", (await m1.view()).epoch + 1);
    const [first, again] = [m1.syncer.wipe(order), m1.syncer.wipe(order)];
    await first;
    const { origin } = await m1.view();
    await again;
    expect((await m1.view()).origin).toBe(origin);
  });
});
