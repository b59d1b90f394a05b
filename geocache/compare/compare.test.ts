import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { waitFor } from "../../base/waits.ts";
import type { Comparison } from "../../contracts/groups.ts";
import { compare, compareUntilEqual } from "./compare.ts";
import { fillWith, keySpecs, type KeySpec } from "./random-data.test-helper.ts";
import { startServers, type TestServers } from "./servers.test-helper.ts";

const TIMEOUT_MS = 60_000;

const debug = { "enable-debug-command": "yes" };

/** Everything in the form that redis uses for what is large. */
const unpacked = {
  "hash-max-listpack-entries": "1",
  "set-max-intset-entries": "1",
  "zset-max-listpack-entries": "1",
  "list-max-listpack-size": "2",
  "stream-node-max-entries": "2",
  rdbcompression: "no",
};

let group: TestServers;

beforeAll(async () => {
  group = await startServers([debug, { ...debug, ...unpacked }]);
});
afterAll(async () => await group.stop());
beforeEach(async () => await both((client) => client.flushall()));

async function both(work: (client: TestServers["servers"][number]["client"]) => Promise<unknown>): Promise<void> {
  await Promise.all(group.servers.map(async ({ client }) => await work(client)));
}

async function compared(): Promise<Comparison> {
  return await compare(
    group.servers.map(({ member }) => member),
    TIMEOUT_MS,
  );
}

function client(index: number): TestServers["servers"][number]["client"] {
  const found = group.servers[index]?.client;
  if (found === undefined) throw new RangeError("no such server");
  return found;
}

/** Key → kind, so that a comparison's differences can be told in a line. */
function kindsIn({ differences }: Comparison): Record<string, string> {
  return Object.fromEntries(differences.map(({ key, kind }) => [Buffer.from(key, "base64").toString(), kind]));
}

describe("members that hold the same", () => {
  it("are equal whatever the encodings and the order of writing, and differ in exactly what is planted", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(keySpecs, { minLength: 1, maxLength: 40 }), fc.nat(), async (specs, pick) => {
        const named = new Map(specs.map((spec): [string, KeySpec] => [spec.key, spec]));
        const unique = [...named.values()];
        await both((one) => one.flushall());
        await fillWith(client(0), unique);
        await fillWith(client(1), unique.toReversed(), true);
        const before = await compared();
        expect(before).toMatchObject({ equal: true, differenceCount: 0, differences: [] });
        expect(before.members.map(({ keys }) => keys)).toEqual([unique.length, unique.length]);
        expect(before.members[0]?.elements).toBe(before.members[1]?.elements);

        const changed = unique[pick % unique.length]?.key ?? "";
        await client(1).restore(Buffer.from(changed, "latin1"), 0, await dumpOf("changed"), "REPLACE");
        const after = await compared();
        expect(after).toMatchObject({ equal: false, differenceCount: 1 });
        expect(after.differences[0]?.key).toBe(Buffer.from(changed, "latin1").toString("base64"));
      }),
      { numRuns: 20 },
    );
  }, 120_000);

  it("are equal although one of them still keeps what has expired, and consumer groups differ", async () => {
    await both(async (one) => {
      await one.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
      await one.set("gone", "v", "PX", 1);
      await one.xadd("stream", "1-1", "field", "value");
    });
    await client(0).xgroup("CREATE", "stream", "workers", "0");
    await client(0).xreadgroup("GROUP", "workers", "w", "COUNT", 1, "STREAMS", "stream", ">");
    await client(0).xgroup("CREATE", "empty", "workers", "0", "MKSTREAM");
    await waitFor(async () => (await client(0).get("gone")) === null, { what: "the key to expire", timeoutMs: 5000 });
    expect(await client(1).dbsize()).toBe(2);
    expect(await compared()).toMatchObject({ equal: true, members: [{ keys: 1 }, { keys: 1 }] });
  });

  it("may hold anything in other databases, such as their logs", async () => {
    for (const index of [0, 1]) {
      const other = client(index).duplicate({ db: 1 });
      const specs = fc.sample(keySpecs, { numRuns: 60, seed: index });
      await fillWith(other, [...new Map(specs.map((spec) => [spec.key, spec])).values()]);
      other.disconnect();
    }
    await both((one) => one.set("key", "value"));
    expect(await compared()).toMatchObject({ equal: true, members: [{ keys: 1 }, { keys: 1 }] });
  });
});

describe("members that differ", () => {
  it("show each kind of difference, and what each of them has", async () => {
    await both(async (one) => {
      await one.mset("same", "1", "value", "old", "extra", "1", "type", "text", "ttl", "1", "forever", "1");
      await one.hset("hash", { kept: "1", changed: "1" });
      await one.zadd("zset", 0.1, "member");
      await one.rpush("list", "a", "b", "c");
      await one.sadd("set", "a", "b");
      await one.xadd("stream", "1-1", "field", "value");
      await one.pexpireat("ttl", 4_000_000_000_001);
    });
    const other = client(1);
    await other.del("extra", "type");
    await other.sadd("type", "text");
    await other.set("value", "new");
    await other.hset("hash", "changed", "2");
    await other.zadd("zset", 0.100_000_000_000_000_02, "member");
    await other.lmove("list", "list", "LEFT", "RIGHT");
    await other.srem("set", "b");
    await other.xadd("stream", "2-1", "field", "value");
    await other.pexpireat("ttl", 4_000_000_000_002);
    await other.pexpireat("forever", 4_000_000_000_000);
    const comparison = await compared();
    expect(kindsIn(comparison)).toEqual({
      extra: "missing",
      forever: "ttl",
      hash: "content",
      list: "content",
      set: "content",
      stream: "content",
      ttl: "ttl",
      type: "type",
      value: "content",
      zset: "content",
    });
    expect(comparison.differenceCount).toBe(10);
    const shown = Object.fromEntries(comparison.differences.map((one) => [Buffer.from(one.key, "base64"), one.shown]));
    expect(shown).toMatchObject({
      extra: { "cache-0": 'string "1"', "cache-1": "absent" },
      forever: { "cache-0": "does not expire", "cache-1": "expires 2096-10-02T07:06:40.000Z" },
      hash: { "cache-0": 'hash of 2: "changed": "1"', "cache-1": 'hash of 2: "changed": "2"' },
      set: { "cache-0": 'set of 2: "b"', "cache-1": "set of 1" },
    });
  });

  it("are told apart by the number of keys that differ, of which the first hundred are listed", async () => {
    await both((one) => one.call("DEBUG", "POPULATE", "30000", "common"));
    const pipeline = client(0).pipeline();
    for (let index = 0; index < 3000; index += 1) pipeline.set(`only-here:${index}`, index);
    await pipeline.exec();
    await client(1).del("common:7");
    const comparison = await compared();
    expect(comparison).toMatchObject({ equal: false, differenceCount: 3001 });
    expect(comparison.members.map(({ keys }) => keys)).toEqual([33_000, 29_999]);
    expect(comparison.differences).toHaveLength(100);
  });

  it("differ in one byte of a value, or one element, of many megabytes", async () => {
    const long = randomBytes(20_000_000);
    const changed = Buffer.from(long);
    changed[19_999_999] = (changed[19_999_999] ?? 0) ^ 1;
    const members = Array.from({ length: 200_000 }, (_, index) => `member:${index}`);
    await both(async (one) => {
      await one.set("equal", long);
      await one.set("long", one === client(0) ? long : changed);
      await one.sadd("large", one === client(0) ? members : members.toReversed());
      await one.sadd("larger", members);
    });
    await client(1).srem("larger", "member:77777");
    expect(kindsIn(await compared())).toEqual({ long: "content", larger: "content" });
  }, 60_000);
});

describe("what stands in the way of a comparison", () => {
  it("is named: a redis that is not there, or a user without the right", async () => {
    const [first, second] = group.servers.map(({ member }) => member);
    if (first === undefined || second === undefined) throw new RangeError("two servers");
    const nowhere = { ...second, endpoint: { ...second.endpoint, port: 1 } };
    await expect(compare([first, nowhere], TIMEOUT_MS)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await client(1).call("ACL", "SETUSER", "reader", "on", ">secret", "~*", "+@read");
    const reader = { ...second, username: "reader", password: "secret" };
    await expect(compare([first, reader], TIMEOUT_MS)).rejects.toThrow(/no snapshot: it refused: NOPERM/);
    await expect(compare([first, { ...reader, password: "wrong" }], TIMEOUT_MS)).rejects.toThrow(/WRONGPASS/);
  });
});

describe("the time to converge", () => {
  it("lies between the last comparison that began unequal and the first that was equal", async () => {
    const members = group.servers.map(({ member }) => member);
    const forks = async (): Promise<number> => Number(/total_forks:(\d+)/.exec(await client(0).info("stats"))?.[1]);
    const forksBefore = await forks();
    await client(0).set("late", "1");
    const converging = compareUntilEqual(members, TIMEOUT_MS);
    await waitFor(async () => (await forks()) > forksBefore + 1, { what: "two looks", timeoutMs: 20_000 });
    const notYetNs = process.hrtime.bigint();
    await client(1).set("late", "1");
    const writtenNs = process.hrtime.bigint();
    const { comparison, bounds } = await converging;
    expect(comparison.equal).toBe(true);
    expect(bounds?.loNs).toBeLessThan(writtenNs);
    expect(bounds?.hiNs).toBeGreaterThan(notYetNs);
  });

  it("has no lower bound when they were equal at once", async () => {
    const { bounds } = await compareUntilEqual(
      group.servers.map(({ member }) => member),
      TIMEOUT_MS,
    );
    expect(bounds).toMatchObject({ loNs: null, hiNs: expect.any(BigInt) });
  });

  it("is unknown when the members do not become equal in time", async () => {
    await client(0).set("never", "1");
    const { comparison, bounds } = await compareUntilEqual(
      group.servers.map(({ member }) => member),
      1000,
    );
    expect(bounds).toBeNull();
    expect(kindsIn(comparison)).toEqual({ never: "missing" });
  });
});

/** What DUMP says of a set that no random key holds. */
async function dumpOf(member: string): Promise<Buffer> {
  await client(0).sadd("scratch\0", member, "planted");
  const dump = await client(0).dumpBuffer("scratch\0");
  await client(0).del("scratch\0");
  return dump;
}
