import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GroupWorld } from "../test-groups.ts";
import { eventually, type World } from "../test-world.ts";

const VALUE = "x".repeat(100);
const BATCH = 500;

/** What an unreachable member costs the others. */
export function memoryRules(world: () => World, groups: GroupWorld): void {
  describe("memory", () => {
    beforeAll(async () => {
      await groups.join("lives", { database: { evictionPolicy: "NoEviction" } });
      await groups.join("dies", {
        region: "east",
        linked: ["lives", "dies"],
        database: { evictionPolicy: "NoEviction" },
      });
    }, 60_000);
    afterAll(async () => {
      await world().clear();
    }, 60_000);

    async function usedBytes(): Promise<number> {
      const [member] = (await groups.view()).members.filter(({ cache }) => cache === "lives");
      return member?.view?.usedMemoryBytes ?? 0;
    }

    /** Overwrites the same few keys, so that only what must be kept for others grows. Answers the last error. */
    async function write(redis: Redis, times: number): Promise<string> {
      for (let n = 0; n < times; n += BATCH) {
        const batch = redis.pipeline();
        for (let at = 0; at < BATCH; at += 1) batch.set(`key:${at % 50}`, VALUE);
        const failed = (await batch.exec())?.find(([error]) => error !== null)?.[0];
        if (failed) return failed.message;
      }
      return "";
    }

    /** What the log of the survivor counts once everything that was written is in it. */
    async function logBytesAfter(redis: Redis, times: number): Promise<number> {
      const issued = async (): Promise<{ issued: number; logBytes: number }> => {
        const [member] = (await groups.view()).members.filter(({ cache }) => cache === "lives");
        return { issued: member?.view?.issued ?? 0, logBytes: member?.view?.logBytes ?? 0 };
      };
      const before = await issued();
      expect(await write(redis, times)).toBe("");
      await eventually("all of it to be logged", async () => (await issued()).issued >= before.issued + times);
      return (await issued()).logBytes - before.logBytes;
    }

    it("A22, A23, A35: while a member is away the survivor's memory grows with each write until it is full; force-unlink releases it", async () => {
      const redis = await world().connect("lives");
      await write(redis, 1000);
      await groups.freeze("dies");
      await groups.untilSilent("dies");

      const few = await logBytesAfter(redis, 4000);
      const many = await logBytesAfter(redis, 16_000);
      expect(few).toBeGreaterThan(4000 * VALUE.length);
      expect(many / few).toBeGreaterThan(3);

      let refusedWith = "";
      while (refusedWith === "") refusedWith = await write(redis, 10_000);
      expect(refusedWith).toMatch(/^OOM command not allowed/);
      expect(await redis.get("key:1")).toBe(VALUE);
      const full = await usedBytes();

      await groups.forceUnlink("lives", "dies");
      await eventually("writes to be taken again", async () => (await write(redis, BATCH)) === "");
      await eventually("memory to be released", async () => (await usedBytes()) < full / 2);
    }, 90_000);
  });
}
