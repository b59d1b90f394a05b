import type { Redis } from "ioredis";
import { afterEach, beforeEach, expect, describe, it } from "vitest";
import { waitFor } from "../../../../base/waits.ts";
import { Members, type TestMember } from "./members.test-helper.ts";

const SOON = { timeout: 30_000, interval: 50 };
const SMALL = { maxmemory: 24 * 1024 * 1024, "maxmemory-policy": "noeviction", "repl-backlog-size": 1_048_576 };
const VALUE = "x".repeat(10_000);

let group: Members;
let m0: TestMember;
let m1: TestMember;
let m2: TestMember;
beforeEach(async () => {
  group = await Members.create();
  m0 = await group.grow("m0", SMALL);
  m1 = await group.grow("m1", SMALL);
  m2 = await group.grow("m2", SMALL);
});
afterEach(() => group.stop());

/** Writes the same few keys until redis refuses; resolves with what was acknowledged last of each. */
async function writeUntilFull(client: Redis): Promise<Record<string, string>> {
  const acknowledged: Record<string, string> = {};
  await waitFor(
    async () => {
      for (let count = 0; count < 200; count += 1) {
        const [key, value] = [`key ${count % 3}`, `${performance.now()} ${VALUE}`];
        const refused = await client.set(key, value).then(
          () => undefined,
          (error: Error) => error,
        );
        if (refused?.message.startsWith("OOM ") === true) return true;
        if (refused !== undefined) throw refused;
        acknowledged[key] = value;
      }
      return false;
    },
    { what: "redis to refuse a write", timeoutMs: 60_000, intervalMs: 1 },
  );
  return acknowledged;
}

describe("a group that a lost member fills up", () => {
  it("A22, A23, A35: clients are refused by redis, the syncers go on, and unlinking it lets all write again", async () => {
    await m2.stop();
    const acknowledged = await writeUntilFull(m0.client);
    // It takes what the others wrote although it is full itself.
    await expect.poll(() => m1.client.get("key 0"), SOON).toBe(acknowledged["key 0"]);
    // What it takes over does not stand in its stream: it has a little more room than the one that was written to.
    Object.assign(acknowledged, await writeUntilFull(m1.client));
    await expect.poll(() => m0.client.get("key 0"), SOON).toBe(acknowledged["key 0"]);
    expect(await m0.client.get("key 1")).toBe(acknowledged["key 1"]);
    await m1.client.del("key 2");
    await expect.poll(() => m0.client.exists("key 2"), SOON).toBe(0);
    // A syncer that is started anew now needs nothing that a full redis refuses.
    await m1.stopSyncer();
    await m1.startSyncer();
    await group.tell("m1");
    expect((await m1.view()).phase).toBe("open");

    await group.order(["m0", "m1"]);
    for (const one of [m0, m1]) await expect.poll(async () => (await one.view()).logBytes, SOON).toBe(0);
    expect(await m0.client.set("again", "1")).toBe("OK");
    expect(await m1.client.set("again", "2")).toBe("OK");
    await group.equal(m0, m1);
    expect(await m1.client.mget("key 0", "key 1", "key 2")).toEqual([
      acknowledged["key 0"],
      acknowledged["key 1"],
      null,
    ]);
    expect([...m0.failures, ...m1.failures]).toEqual([]);
  });

  it("loses nothing when it becomes full while it takes over what others wrote", async () => {
    // Nothing is dropped from any log while one of them hears nothing.
    await group.cut("m0", "m2");
    await group.cut("m1", "m2");
    await group.cut("m0", "m1");
    for (const { name, client } of [m0, m1]) {
      for (let count = 0; count < 800; count += 1) await client.set(`of ${name} ${count}`, VALUE);
    }
    await group.mend("m0", "m1");
    await group.equal(m0, m1);
    for (const { client } of [m0, m1]) {
      expect(await client.dbsize()).toBe(1600);
      await expect(client.set("refused", VALUE)).rejects.toThrow(/^OOM /);
    }
    await group.heal();
    await group.equal(m0, m1, m2);
    for (const one of [m0, m1, m2]) await expect.poll(async () => (await one.view()).logBytes, SOON).toBe(0);
    expect(await m2.client.set("taken again", VALUE)).toBe("OK");
  });
});
