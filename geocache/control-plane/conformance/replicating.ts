import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Redis } from "ioredis";
import { refusedBy } from "../test-faults.ts";
import { ask, refusalsOf, writeOn } from "../test-streams.ts";
import { eventually } from "../test-world.ts";
import { caughtUp, type Given } from "./given.ts";

const library = `#!lua name=rules
redis.register_function("put", function(keys) return redis.call("set", keys[1], "1") end)
redis.register_function{function_name="look", callback=function(keys) return redis.call("get", keys[1]) end, flags={"no-writes"}}`;

export function replicationRules(given: Given): void {
  describe("replicating", () => {
    it("P13: a secondary answers reads and refuses writes, by commands, scripts, functions and transactions", async () => {
      const { primary, secondary } = await given.clients(await given.linkedPair());
      await primary.call("function", "load", library);
      await primary.set("greeting", "hello");
      await caughtUp(primary, secondary);
      const reads = [
        "get greeting",
        "eval_ro return(redis.call('get',KEYS[1])) 1 greeting",
        "fcall_ro look 1 greeting",
      ];
      for (const read of reads) {
        const [name = "", ...args] = read.split(" ");
        expect(await secondary.call(name, ...args), read).toBe("hello");
      }
      const writes = ["set greeting bye", "del greeting", "incr n", "flushall", "flushdb", "fcall put 1 greeting"];
      for (const write of [...writes, "eval return(redis.call('set',KEYS[1],'bye')) 1 greeting", "expire greeting 1"]) {
        const [name = "", ...args] = write.split(" ");
        expect(await refusedBy(secondary.call(name, ...args)), write).toMatch(/READONLY/);
      }
      await expect(secondary.multi().set("greeting", "bye").exec()).rejects.toThrow(/READONLY|EXECABORT/);
      expect(await secondary.get("greeting")).toBe("hello");
    });

    it("P34: the secondary follows by the latency of the link, continuously, and no write on the primary waits for it", async () => {
      const { primary, secondary } = await given.clients(await given.linkedPair());
      await primary.set("n", "0");
      await caughtUp(primary, secondary);
      const delays: Record<number, number> = {};
      for (const latencyMs of [60, 240]) {
        const lift = await given.world().network.onReplication({ kind: "latency", latencyMs, jitterMs: 0 });
        const { delayMs, writeMs } = await followWrites(primary, secondary);
        await lift();
        // Timers may fire a little early.
        expect(delayMs).toBeGreaterThan(latencyMs - 2);
        expect(writeMs).toBeLessThan(latencyMs);
        delays[latencyMs] = delayMs;
      }
      const difference = (delays[240] ?? 0) - (delays[60] ?? 0);
      expect(difference).toBeGreaterThan(120);
      expect(difference).toBeLessThan(360);
    });

    it("P34: writes arrive one after another, not on a schedule", async () => {
      const { primary, secondary } = await given.clients(await given.linkedPair());
      await primary.set("step", "0");
      await caughtUp(primary, secondary);
      const steps = await ask(() => secondary.get("step"));
      for (let step = 1; step <= 20; step++) {
        await primary.set("step", step);
        await sleep(30);
      }
      await eventually("the last step", () => steps.sightings.at(-1)?.value === "20");
      await steps.stop();
      // A copy made on a schedule would show few of them.
      expect(new Set(steps.sightings.map((one) => one.value)).size).toBeGreaterThan(10);
    });

    it("P34, P36: a stalled link delays no write, and after an unlink the secondary holds what had arrived: a first part, without gaps", async () => {
      const names = await given.linkedPair();
      const { primary, secondary } = await given.clients(names);
      const writes = await writeOn(primary);
      await eventually("writes to arrive", async () => (await secondary.exists("written:20")) === 1);
      const lift = await given.world().network.onReplication({ kind: "partition" });
      const stalledAt = writes.sightings.length;
      await eventually("writes after the stall", () => writes.sightings.length > stalledAt + 50);
      await given.world().unlink(names.a, names.b);
      await writes.stop();
      await lift();

      const serials = writes.sightings.map((_, serial) => `written:${serial}`);
      const arrived = (await secondary.mget(serials)).map((value) => value !== null);
      const kept = arrived.indexOf(false);
      expect(refusalsOf(writes)).toEqual([]);
      expect(kept).toBeGreaterThan(20);
      expect(kept).toBeLessThan(stalledAt + 50);
      expect(arrived.slice(kept)).not.toContain(true);
      expect(await primary.exists(...serials)).toBe(serials.length);
    });
  });
}

/** How long, at least, ten writes took to be acknowledged and to be seen at the secondary; single delays vary upwards. */
async function followWrites(primary: Redis, secondary: Redis): Promise<{ delayMs: number; writeMs: number }> {
  const delays: number[] = [];
  const acknowledged: number[] = [];
  for (let round = 0; round < 10; round++) {
    const sentMs = performance.now();
    const n = String(await primary.incr("n"));
    acknowledged.push(performance.now() - sentMs);
    await eventually("the write to arrive", async () => (await secondary.get("n")) === n);
    delays.push(performance.now() - sentMs);
  }
  return { delayMs: Math.min(...delays), writeMs: Math.min(...acknowledged) };
}
