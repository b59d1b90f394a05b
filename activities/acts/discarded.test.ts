import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { swapped } from "../../scenarios/pair.ts";
import { depsWith } from "../deps.test-helper.ts";
import { redisPair, startRedisPair, type RedisPair } from "../redis-pair.test-helper.ts";
import { whatWillBeDiscarded } from "./discarded.ts";

let pair: RedisPair;
beforeAll(async () => {
  pair = await startRedisPair();
});
beforeEach(async () => {
  await Promise.all([pair.cw.flushall(), pair.cn.flushall()]);
});
afterAll(() => pair.stop());

/** The old primary `cw` comes back as secondary of `cn`. */
async function told(): Promise<unknown> {
  const { data } = await whatWillBeDiscarded(depsWith({ lab: pair.lab.client }), swapped(redisPair));
  return data?.["discarded"];
}

describe("what a returning cache alone holds", () => {
  it("is every write that reached it and not the one that serves now, over as many pages as it takes", async () => {
    const writes = Array.from({ length: 2500 }, (_, seq) => [`ledger:w1:${seq}`, "t"]);
    await pair.cw.mset(...writes.flat(), "session:1", "not the ledger's");
    await pair.cn.mset(...writes.slice(0, 2490).flat());
    expect(await told()).toEqual({ cache: "cw", comparedWith: "cn", ledgerWrites: 2500, onlyThere: 10 });
  });

  it("is nothing when it came back empty", async () => {
    await pair.cn.set("ledger:w1:1", "t");
    expect(await told()).toEqual({ cache: "cw", comparedWith: "cn", ledgerWrites: 0, onlyThere: 0 });
  });

  it("is said to be unknown when it cannot be looked at", async () => {
    const { data } = await whatWillBeDiscarded(depsWith({ lab: pair.lab.client }), {
      primary: redisPair.secondary,
      secondary: { cache: "nowhere", region: "west" },
    });
    expect(data?.["discarded"]).toMatchObject({ cache: "nowhere", unknown: expect.any(String) as string });
  });
});
