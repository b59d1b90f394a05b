import { afterEach, beforeEach, expect, describe, it } from "vitest";
import { Members, type TestMember } from "../syncer/members.test-helper.ts";

const SOON = { timeout: 30_000, interval: 50 };
const PATTERN = /master_repl_offset:(\d+)/;
const TINY_BACKLOG = { "repl-backlog-size": 16_384 };

let group: Members;
let m0: TestMember;
let m1: TestMember;
beforeEach(async () => {
  group = await Members.create();
  m0 = await group.grow("m0", TINY_BACKLOG);
  m1 = await group.grow("m1", TINY_BACKLOG);
});
afterEach(() => group.stop());

/** Far more than the backlog holds. */
async function overrun({ client }: TestMember): Promise<void> {
  for (let count = 0; count < 500; count += 1) await client.set(`pushed ${count % 50}`, `${count}`.padEnd(200, "x"));
}

describe("a syncer whose redis does not remember where it stopped", () => {
  it("compares: what it shows is said anew, what went meanwhile goes everywhere, nothing else does", async () => {
    await m0.client.mset("gone", "1", "kept", "1", "counted", "1");
    await m0.client.rpush("list", "a", "b");
    await m0.client.sadd("gone set", "a", "b");
    await group.equal(m0, m1);
    const { origin } = await m0.view();
    await m0.stopSyncer();
    await m0.client.del("gone", "gone set");
    await m0.client.incrby("counted", 4);
    await m0.client.rpush("list", "c");
    await m0.client.set("new", "1");
    await overrun(m0);
    // What the others wrote meanwhile it has not seen: it cannot have removed it.
    await m1.client.set("written there", "1");
    await m1.client.sadd("gone set", "c");
    await m0.startSyncer();
    await group.tell("m0");
    await m0.isIn("open");
    await group.equal(m0, m1);
    expect(await m1.client.mget("gone", "kept", "counted", "new", "written there")).toEqual([null, "1", "5", "1", "1"]);
    expect(await m1.client.lrange("list", 0, -1)).toEqual(["a", "b", "c"]);
    expect(await m0.client.smembers("gone set")).toEqual(["c"]);
    const view = await m0.view();
    expect(view.origin).not.toBe(origin);
    expect(view.detail).toMatch(/^its stream broke off: \d+ keys were said anew, \d+ were gone$/);
    await m0.client.incr("counted");
    await expect.poll(() => m1.client.get("counted"), SOON).toBe("6");
    expect(m0.failures).toEqual([]);
  });

  it("does so again when it is ended while it compares", async () => {
    for (let count = 0; count < 300; count += 1) await m0.client.sadd(`set ${count}`, "a", "b");
    await group.equal(m0, m1);
    await m0.stopSyncer();
    for (let count = 0; count < 300; count += 1) await m0.client.srem(`set ${count}`, count % 2 === 0 ? "a" : "b");
    await overrun(m0);
    await m0.startSyncer();
    expect((await m0.view()).phase).toBe("catching-up");
    await m0.stopSyncer();
    await m0.startSyncer();
    expect((await m0.view()).phase).toBe("catching-up");
    await group.tell("m0");
    await m0.isIn("open");
    await group.equal(m0, m1);
    expect(await m1.client.smembers("set 7")).toEqual(["a"]);
  });
});

describe("a member that writes nothing itself", () => {
  it("goes on where it stopped when its syncer is started anew, however long it was quiet", async () => {
    const { origin } = await m1.view();
    const position = async (): Promise<number> => Number((await m1.client.info("replication")).match(PATTERN)?.[1]);
    const before = await position();
    // Of all that it takes over its own stream shows little: it takes the backlog's length all the same.
    for (let count = 0; (await position()) < before + 3 * TINY_BACKLOG["repl-backlog-size"]; count += 1) {
      await m0.client.set(`key ${count % 9}`, String(count));
    }
    await group.equal(m0, m1);
    await m0.client.set("last", "1");
    await expect.poll(() => m1.client.get("last"), SOON).toBe("1");
    await m1.stopSyncer();
    await m1.startSyncer();
    await group.tell("m1");
    await m1.isIn("open");
    expect((await m1.view()).origin).toBe(origin);
  });
});
