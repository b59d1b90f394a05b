import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { identityOf } from "../../base/processes.ts";
import { instanceListSchema } from "../../contracts/front-door.ts";
import { loadBucketSchema, loadHeaderSchema } from "../../contracts/load.ts";
import { startAppRig, type AppRig } from "../../test/app-rig.ts";
import { mergeBuckets, percentile } from "./histogram.ts";
import { startLoad, stopLoad, type LoadRequest } from "./run-k6.ts";

const LOAD_MS = 3000;
const RATE = 50;
/** Requests that can be under way at once at this rate, were each to last 100 ms. */
const CUT_AT_MOST = 5;

let rig: AppRig;
let request: LoadRequest;
beforeAll(async () => {
  rig = await startAppRig();
  await rig.route(1, "west");
  request = {
    k6Binary: process.env["LIFEBOAT_K6"] ?? "k6",
    baseUrl: rig.url,
    regions: ["west", "east"],
    ratePerSecond: RATE,
    script: "mixed",
    maxDurationMs: 60_000,
    outFolder: path.join(rig.home, "load"),
  };
});
afterAll(async () => {
  await stopLoad(request.outFolder).catch(() => undefined);
  await rig.stop();
});

describe("the load", () => {
  it("is what the front door served, in buckets that add up", async () => {
    const started = await startLoad(request);
    expect(await startLoad(request)).toEqual(started);
    await sleep(LOAD_MS);
    const result = await stopLoad(request.outFolder);
    expect(identityOf(started.pid)).toBeUndefined();

    const answered = async (): Promise<number> => {
      const { requests } = await rig.control.call({ method: "GET", path: "/instances", answer: instanceListSchema });
      return requests.served + requests.failed;
    };
    // The interrupt cuts what is in flight: k6 counts none of it, the front door may have answered it already.
    await expect.poll(answered, { timeout: 5000 }).toBeGreaterThanOrEqual(result.iterations);
    expect((await answered()) - result.iterations).toBeLessThanOrEqual(CUT_AT_MOST);
    expect(result.iterations).toBeGreaterThan(RATE);
    expect(result.failed).toBe(0);

    const [first, ...rest] = (await readFile(result.bucketsFile, "utf8"))
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    const header = loadHeaderSchema.parse(first);
    const buckets = rest.map((line) => loadBucketSchema.parse(line));
    const all = mergeBuckets(buckets);
    expect(all.ok + all.failed).toBe(result.iterations);
    expect(percentile(all.counts, 0.95)).toBeGreaterThan(0);
    expect(new Set(buckets.map(({ region }) => region))).toEqual(new Set(["west", "east"]));
    expect(new Set(buckets.map(({ op }) => op)).size).toBe(6);
    for (const { at } of buckets) expect(at).toBeGreaterThanOrEqual(header.originUtcMs - header.bucketMs);
    expect(await stopLoad(request.outFolder)).toEqual(result);
  });

  it("plays a leaderboard in every region where the scenario asks for it", async () => {
    const leaderboard = { ...request, script: "leaderboard", outFolder: path.join(rig.home, "leaderboard") } as const;
    await startLoad(leaderboard);
    const top = async (): Promise<unknown> => (await rig.user("west", "GET /leaderboard/points?top=1")).json();
    await expect.poll(top, { timeout: 20_000 }).toMatchObject({ top: [{ score: expect.any(Number) }] });
    await sleep(LOAD_MS);
    const result = await stopLoad(leaderboard.outFolder);
    expect(result.failed).toBe(0);
    const lines = (await readFile(result.bucketsFile, "utf8")).trim().split("\n").slice(1);
    const buckets = lines.map((line) => loadBucketSchema.parse(JSON.parse(line)));
    expect(new Set(buckets.map(({ op }) => op))).toEqual(new Set(["score-set", "score-add", "top-ten"]));
    expect(new Set(buckets.map(({ region }) => region))).toEqual(new Set(["west", "east"]));
  });

  it("that was never started cannot be stopped", async () => {
    await expect(stopLoad(path.join(rig.home, "none"))).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("needs a k6", async () => {
    const outFolder = path.join(rig.home, "no-tool");
    const attempt = startLoad({ ...request, k6Binary: "/nowhere/k6", outFolder });
    await expect(attempt).rejects.toMatchObject({ code: "TOOL_MISSING" });
  });
});
