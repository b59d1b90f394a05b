import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGroup, type Group } from "./group.test-helper.ts";

const CONVERGE_WITHIN_MS = 10_000;
const STORM_MS = 3000;
const SAME_TIME_MS = 20;

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

/** Whatever each member's clients do at once while nobody reaches anybody, and what all show after the healing. */
async function apart(...commands: readonly ((redis: Redis) => Promise<unknown>)[]): Promise<void> {
  await group.converged(CONVERGE_WITHIN_MS);
  await group.cut();
  for (const [index, command] of commands.entries()) await command(client(index));
  await group.heal();
  await group.converged(CONVERGE_WITHIN_MS);
  expect(group.failures).toEqual([]);
}

describe("an active group, by the documented examples of each type", () => {
  it("A02, A28: what one member takes the others show a moment later", async () => {
    await client(0).set("greeting", "hello");
    await expect.poll(() => client(2).get("greeting")).toBe("hello");
  });

  it("counters add up: +7 and +3 are 10", async () => {
    await apart(
      (redis) => redis.incrby("visits", 7),
      (redis) => redis.incrby("visits", 3),
    );
    expect(await client(2).get("visits")).toBe("10");
  });

  it("strings: the later write wins everywhere", async () => {
    await apart(
      (redis) => redis.set("motto", "first"),
      async (redis) => {
        await group.pulse(1);
        await redis.set("motto", "second");
      },
    );
    expect(await client(0).get("motto")).toBe("second");
  });

  it("sets: a removal takes only what it had seen", async () => {
    await client(0).sadd("crew", "a", "b");
    await apart(
      (redis) => redis.srem("crew", "a"),
      (redis) => redis.sadd("crew", "c"),
      (redis) => redis.srem("crew", "c"),
    );
    expect((await client(0).smembers("crew")).toSorted()).toEqual(["b", "c"]);
  });

  it("hashes: fields are kept apart", async () => {
    await apart(
      (redis) => redis.hset("profile", "f1", "1"),
      (redis) => redis.hset("profile", "f2", "2"),
    );
    expect(await client(2).hgetall("profile")).toEqual({ f1: "1", f2: "2" });
  });

  it("sorted sets: 4.1, removed here and increased by 2 there, is 2", async () => {
    await client(0).zadd("board", 4.1, "x");
    await apart(
      (redis) => redis.zrem("board", "x"),
      (redis) => redis.zincrby("board", 2, "x"),
    );
    expect(await client(0).zscore("board", "x")).toBe("2");
  });

  it("lists: a deletion leaves what it had not seen", async () => {
    await client(0).rpush("queue", "x");
    await apart(
      (redis) => redis.del("queue"),
      (redis) => redis.lpush("queue", "y"),
    );
    expect(await client(0).lrange("queue", 0, -1)).toEqual(["y"]);
  });

  it("streams: a deletion leaves an entry that it had not seen", async () => {
    await client(0).xadd("log", "1-1", "k", "old");
    await apart(
      (redis) => redis.del("log"),
      (redis) => redis.xadd("log", "2-1", "k", "new"),
    );
    expect(await client(2).xrange("log", "-", "+")).toEqual([["2-1", ["k", "new"]]]);
  });

  it("expiry: of 10 and 50 seconds the longer wins", async () => {
    await client(0).set("offer", "1");
    await apart(
      (redis) => redis.expire("offer", 10),
      (redis) => redis.expire("offer", 50),
    );
    expect(await client(0).ttl("offer")).toBeGreaterThan(10);
  });
});

describe("a local acknowledged write", () => {
  it("is never hidden by an older remote one, not for a moment", async () => {
    const untilMs = performance.now() + STORM_MS;
    const storm = [client(1), client(2)].map(async (redis) => {
      while (performance.now() < untilMs) await redis.set("contended", `remote ${performance.now()}`);
    });
    const hidden: string[] = [];
    while (performance.now() < untilMs) {
      const startedAtMs = performance.now();
      const mine = `local ${startedAtMs}`;
      await client(0).set("contended", mine);
      const seen = (await client(0).get("contended")) ?? "nothing";
      // Clocks tell writes apart to a pulse or two; whatever is older than that must not be seen any more.
      if (seen !== mine && Number(seen.split(" ")[1]) < startedAtMs - SAME_TIME_MS)
        hidden.push(`${seen} after ${mine}`);
    }
    await Promise.all(storm);
    expect(hidden).toEqual([]);
    await group.converged(CONVERGE_WITHIN_MS);
  });

  it("of a counter is never lost, whatever the others add meanwhile", async () => {
    const before = Number((await client(0).get("total")) ?? 0);
    await Promise.all(
      [0, 1, 2].map(async (index) => {
        for (let count = 0; count < 200; count += 1) await client(index).incr("total");
      }),
    );
    await group.converged(CONVERGE_WITHIN_MS);
    expect(Number(await client(1).get("total")) - before).toBe(600);
  });
});

describe("a syncer that is ended in whatever it does", () => {
  it("neither loses nor doubles an increment", async () => {
    const adding = Promise.all(
      [0, 1, 2].map(async (index) => {
        for (let count = 0; count < 400; count += 1) await client(index).incr("kept");
      }),
    );
    for (const index of [0, 1, 2]) await group.restartSyncer(index);
    await adding;
    await group.converged(CONVERGE_WITHIN_MS);
    expect(await client(2).get("kept")).toBe("1200");
  });
});
