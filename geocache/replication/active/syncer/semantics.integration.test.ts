import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGroup, type Group } from "./group.test-helper.ts";

const CONVERGE_WITHIN_MS = 20_000;
const LARGEST = 9223372036854775807n;

let group: Group;
beforeAll(async () => {
  group = await startGroup(3);
});
afterAll(() => group.stop());

function client(index: number): Redis {
  const found = group.clients[index];
  if (found === undefined) throw new Error(`no member ${index}`);
  return found;
}

/** Whatever each member's clients do while nobody reaches anybody, one after the other, and then all members equal. */
async function apart(...commands: readonly ((redis: Redis) => Promise<unknown>)[]): Promise<void> {
  await group.converged(CONVERGE_WITHIN_MS);
  await group.cut();
  for (const [index, command] of commands.entries()) {
    await group.pulse(index);
    await command(client(index));
  }
  await group.heal();
  await group.converged(CONVERGE_WITHIN_MS);
  expect(group.failures).toEqual([]);
}

async function eachShows(read: (redis: Redis) => Promise<unknown>): Promise<unknown[]> {
  return await Promise.all(group.clients.map(read));
}

/** As each member recorded them, by key. */
function conflictsOf(key: string): string[][] {
  return group.clients.map((_, index) =>
    group.conflicts
      .filter(({ member, conflict }) => member === index && Buffer.from(conflict.key, "base64").toString() === key)
      .map(({ conflict: { rule, loser, lostValue } }) =>
        [rule, loser.origin.slice(0, 2), lostValue === null ? "-" : Buffer.from(lostValue, "base64").toString()].join(
          " ",
        ),
      ),
  );
}

describe("numbers that members change at once", () => {
  it("scores: sums of doubles end in the same bytes, in whatever order they were added", async () => {
    await apart(
      (redis) => redis.zincrby("sums", 0.1, "x"),
      (redis) => redis.zincrby("sums", 0.7, "x"),
      (redis) => redis.zincrby("sums", -0.3, "x"),
    );
    await expect
      .poll(() => eachShows((redis) => redis.zscore("sums", "x")), { timeout: CONVERGE_WITHIN_MS })
      .toSatisfy((scores: string[]) => new Set(scores).size === 1 && Math.abs(Number(scores[0]) - 0.5) < 1e-9);
  });

  it("counters: at the end of 64 bits members stop at the same value", async () => {
    await client(0).set("full", String(LARGEST - 5n));
    await apart(
      (redis) => redis.incrby("full", 3),
      (redis) => redis.incrby("full", 4),
    );
    const [first, second, third] = await eachShows((redis) => redis.get("full"));
    expect(BigInt(String(first))).toBeGreaterThanOrEqual(LARGEST - 2n);
    expect([second, third]).toEqual([first, first]);
  });

  it("fields of hashes: the same", async () => {
    await client(0).hset("fields", "f", String(LARGEST - 5n));
    await apart(
      (redis) => redis.hincrby("fields", "f", 3),
      (redis) => redis.hincrby("fields", "f", 4),
    );
    expect(BigInt((await client(2).hget("fields", "f")) ?? 0)).toBeGreaterThanOrEqual(LARGEST - 2n);
  });

  it("a counter that is deleted here and increased there keeps what the deletion had not seen", async () => {
    await client(0).incrby("visits", 5);
    await apart(
      (redis) => redis.del("visits"),
      (redis) => redis.incrby("visits", 2),
    );
    expect(await eachShows((redis) => redis.get("visits"))).toEqual(["2", "2", "2"]);
  });
});

describe("the time a key has to live", () => {
  it("a key that one member's redis expired comes back when another member had given it more time", async () => {
    await client(0).hset("offer", "price", "10");
    await client(0).pexpire("offer", 5000);
    await group.converged(CONVERGE_WITHIN_MS);
    await group.cut();
    expect(await client(1).persist("offer")).toBe(1);
    await expect.poll(() => client(0).exists("offer"), { timeout: CONVERGE_WITHIN_MS }).toBe(0);
    await group.heal();
    await expect
      .poll(() => eachShows((redis) => redis.hgetall("offer")), { timeout: CONVERGE_WITHIN_MS })
      .toEqual([{ price: "10" }, { price: "10" }, { price: "10" }]);
    expect(await eachShows((redis) => redis.pttl("offer"))).toEqual([-1, -1, -1]);
  });

  it("PERSIST beats every time to live", async () => {
    await client(0).set("deal", "1");
    await apart(
      (redis) => redis.expire("deal", 5000),
      (redis) => redis.persist("deal"),
      (redis) => redis.expire("deal", 9000),
    );
    // There was no time to live yet: PERSIST did nothing, and the longer of the two others holds.
    expect(await client(1).ttl("deal")).toBeGreaterThan(5000);
    await apart(
      (redis) => redis.expire("deal", 20_000),
      (redis) => redis.persist("deal"),
    );
    expect(await eachShows((redis) => redis.ttl("deal"))).toEqual([-1, -1, -1]);
  });
});

describe("streams and what stays local", () => {
  it("an id that two members gave at once has the later entry", async () => {
    await apart(
      (redis) => redis.xadd("feed", "7-1", "from", "a"),
      (redis) => redis.xadd("feed", "7-1", "from", "b"),
      (redis) => redis.xadd("feed", "6-9", "from", "c"),
    );
    expect(await client(2).xrange("feed", "-", "+")).toEqual([
      ["6-9", ["from", "c"]],
      ["7-1", ["from", "b"]],
    ]);
  });

  it("consumer groups and messages stay with their member", async () => {
    await client(0).xadd("jobs", "1-1", "k", "v");
    await group.converged(CONVERGE_WITHIN_MS);
    await client(0).xgroup("CREATE", "jobs", "workers", "0");
    await client(0).xreadgroup("GROUP", "workers", "me", "COUNT", 1, "STREAMS", "jobs", ">");
    await client(0).xadd("jobs", "2-1", "k", "w");
    await group.converged(CONVERGE_WITHIN_MS);
    expect(await client(1).xinfo("GROUPS", "jobs")).toEqual([]);
    expect(await client(1).publish("news", "hello")).toBe(0);
  });

  it("no client can hear the syncer's pulse", async () => {
    const listener = client(0).duplicate();
    const heard: string[] = [];
    listener.on("pmessage", (_pattern, channel: string) => heard.push(channel));
    await listener.psubscribe("*");
    await client(0).publish("mine", "1");
    await expect.poll(() => heard).toContain("mine");
    expect(heard.filter((channel) => channel !== "mine" && !channel.startsWith("__key"))).toEqual([]);
    listener.disconnect();
  });
});

describe("whoever loses a conflict is recorded once by each member", () => {
  it("SET against SET", async () => {
    await apart(
      (redis) => redis.set("motto", "first"),
      (redis) => redis.set("motto", "second"),
      (redis) => redis.set("motto", "third"),
    );
    const all = conflictsOf("motto").map((lost) => lost.toSorted());
    expect(all).toEqual(Array.from({ length: 3 }, () => ["latest-write m0 first", "latest-write m1 second"]));
  });

  it("a field, a removal, a deletion, a type and a time to live", async () => {
    await client(0).hset("user", "name", "old", "gone", "1");
    await client(0).rpush("todo", "x");
    await client(0).set("token", "1");
    await apart(
      (redis) => redis.hset("user", "name", "ann"),
      (redis) => redis.hset("user", "name", "bob"),
    );
    await apart(
      (redis) => redis.hdel("user", "gone"),
      (redis) => redis.hset("user", "gone", "2"),
    );
    await apart(
      (redis) => redis.del("todo"),
      (redis) => redis.rpush("todo", "y"),
    );
    await apart(
      (redis) => redis.set("thing", "s"),
      (redis) => redis.sadd("thing", "m"),
    );
    await apart(
      (redis) => redis.pexpireat("token", 9999999999999),
      (redis) => redis.pexpireat("token", 8888888888888),
    );
    const three = (...lost: string[]): string[][] => Array.from({ length: 3 }, () => lost);
    expect(conflictsOf("user")).toEqual(three("latest-value m0 ann", "update-survives-removal m0 -"));
    expect(conflictsOf("todo")).toEqual(three("update-survives-removal m0 -"));
    expect(conflictsOf("thing")).toEqual(three("latest-type m0 s"));
    expect(conflictsOf("token")).toEqual(three("longest-ttl m1 8888888888888"));
  });

  it("nothing is recorded where nothing is lost", async () => {
    await apart(
      (redis) => redis.incrby("sum", 7),
      (redis) => redis.incrby("sum", 3),
      (redis) => redis.sadd("crowd", "a"),
    );
    await client(0).set("after", "1");
    await group.converged(CONVERGE_WITHIN_MS);
    await client(1).set("after", "2");
    await group.converged(CONVERGE_WITHIN_MS);
    expect(["sum", "crowd", "after"].flatMap(conflictsOf).flat()).toEqual([]);
  });
});
