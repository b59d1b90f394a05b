import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { depsWith, drill, startRecorderStub } from "../deps.test-helper.ts";
import { startRedisPair, type RedisPair } from "../redis-pair.test-helper.ts";
import { LATE_KEY_PREFIX, writeInRegions } from "./region-writes.ts";

let pair: RedisPair;
let recorder: Awaited<ReturnType<typeof startRecorderStub>>;
beforeEach(async () => {
  pair = await startRedisPair();
  recorder = await startRecorderStub();
});
afterEach(async () => {
  await pair.stop();
  await recorder.close();
});

const writes = { regions: ["west", "north"], ratePerSecond: 500, valueBytes: 100, keys: 20 };
const places = [
  { cache: "cw", region: "west" },
  { cache: "cn", region: "north" },
];

/** Starts the clients; answers how they are stopped and what they have noted then. */
function start(commands: "set" | "leaderboard"): () => Promise<Record<string, unknown>[]> {
  const stop = new AbortController();
  const deps = depsWith({ lab: pair.lab.client, recorder: recorder.client });
  const input = { drill, writes: { ...writes, commands }, places, lostRegion: "west" };
  const ended = writeInRegions(deps, input, stop.signal);
  ended.catch(() => undefined);
  return async () => {
    stop.abort();
    await expect(ended).rejects.toMatchObject({ name: "AbortError" });
    const events = recorder.events as Map<string, { data?: { regionWrites: Record<string, unknown>[] } }>;
    return [...events.values()].flatMap(({ data }) => data?.regionWrites ?? []);
  };
}

describe("clients that write in their regions", () => {
  it("write the same keys everywhere, and keys of their own where nobody hears of them", async () => {
    const stop = start("set");
    await expect.poll(() => pair.cw.dbsize(), { timeout: 10_000 }).toBeGreaterThan(writes.keys);
    await expect.poll(() => pair.cn.dbsize(), { timeout: 10_000 }).toBe(writes.keys);
    expect(await pair.cn.get("contested:3")).toMatch(/^north:\d+:x+$/);
    expect((await pair.cw.keys(`${LATE_KEY_PREFIX}*`)).length).toBeGreaterThan(0);
    expect(await pair.cn.keys(`${LATE_KEY_PREFIX}*`)).toEqual([]);
    const noted = await stop();
    expect(noted).toMatchObject([{ region: "west" }, { region: "north", outOfMemory: 0, failed: 0 }]);
  });

  it("note what was refused for lack of memory, and go on with the others", async () => {
    await pair.cw.config("SET", "maxmemory", "1");
    const stop = start("leaderboard");
    await expect.poll(() => pair.cn.zcard("board:world"), { timeout: 10_000 }).toBe(writes.keys);
    const [west, north] = await stop();
    expect(west).toMatchObject({ acknowledged: 0, firstOutOfMemory: { utc: expect.any(String) as unknown } });
    expect(west?.["outOfMemory"]).toBeGreaterThan(0);
    expect(north).toMatchObject({ outOfMemory: 0, firstOutOfMemory: null });
  });
});
