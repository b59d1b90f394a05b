import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { signalProcess } from "../../../../base/processes.ts";
import { isOpen, killNow, startMembers, type TestMembers } from "./members.test-helper.ts";

describe("two members as processes", () => {
  let group: TestMembers;
  beforeAll(async () => {
    group = await startMembers(2);
  }, 60_000);
  afterAll(async () => {
    await group.end();
  }, 30_000);

  it("show each other's writes", async () => {
    const [one, two] = group.members.map((member) => member.client());
    await one?.set("from-one", "1");
    await two?.hset("from-two", "field", "2");
    await group.converged();
    expect(await two?.get("from-one")).toBe("1");
    expect(await one?.hget("from-two", "field")).toBe("2");
  });

  it("hold no writes back by an order that comes too late, as to a syncer that was frozen", async () => {
    const [member] = group.members;
    const late = { step: "pause", holdMs: 20_000, byMs: Date.now() - 1 };
    const order = member?.control.call({ method: "POST", path: "/flush", body: late, answer: z.unknown() });
    await expect(order).rejects.toMatchObject({ code: "TIMED_OUT" });
    expect(await member?.client().set("not-held", "1")).toBe("OK");
  });

  it("lose and double nothing when a syncer is killed and hangs in the midst of a stream of increments", async () => {
    const [one, two] = group.members;
    if (one === undefined || two === undefined) throw new Error("no members");
    const clients = [one.client(), two.client()];
    const keys = Array.from({ length: 50 }, (_, index) => `counter-${index}`);
    let counted = 0;
    let running = true;
    const writers = clients.map(async (client) => {
      while (running) {
        const pipeline = client.pipeline();
        for (const key of keys) pipeline.incr(key);
        for (const [error] of (await pipeline.exec()) ?? []) if (error === null) counted += 1;
        await sleep(10);
      }
    });
    const writeMore = async (count: number): Promise<void> => {
      const before = counted;
      await expect.poll(() => counted, { timeout: 20_000 }).toBeGreaterThan(before + count);
    };
    const killAndStart = async (): Promise<void> => {
      await writeMore(500);
      await killNow(await one.part("syncer"));
      await group.processes.start(one.config);
    };
    await killAndStart();
    // The second time it is killed while it starts.
    await killAndStart();
    await isOpen(one);
    await killAndStart();
    await isOpen(one);
    const hanging = await one.part("syncer");
    if (hanging === undefined) throw new Error("it does not run");
    signalProcess(hanging, "SIGSTOP");
    await writeMore(2000);
    signalProcess(hanging, "SIGCONT");
    await writeMore(500);
    running = false;
    await Promise.all(writers);
    await group.converged(60_000);
    for (const client of clients) {
      const sum = (await client.mget(keys)).reduce((total, value) => total + Number(value), 0);
      expect(sum).toBe(counted);
    }
  }, 120_000);
});
