import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { stamp } from "../../base/clocks.ts";
import { depsWith, drill, startRecorderStub, startStub, type Stub } from "../deps.test-helper.ts";
import { startRedisPair, type RedisPair } from "../redis-pair.test-helper.ts";
import { checkLateWrites, checkOldMember } from "./old-member.ts";

let pair: RedisPair;
let lab: Stub;
let recorder: Awaited<ReturnType<typeof startRecorderStub>>;

beforeEach(async () => {
  pair = await startRedisPair();
  recorder = await startRecorderStub();
  lab = await startStub((api) => {
    for (const route of ["/lab/resolve", "/lab/caches/:cache/access"]) {
      api.get(route, (request) => pair.lab.client.call({ method: "GET", path: request.url, answer: z.unknown() }));
    }
    api.get("/lab/groups/g", () => ({
      nickname: "g",
      epoch: 4,
      totalLoss: false,
      members: [],
      former: [{ cache: "cw", region: "west", resourceId: "cw", running: true, view: oldView() }],
      at: stamp(),
    }));
  });
});
afterEach(async () => {
  await Promise.all([lab.close(), recorder.close(), pair.stop()]);
});

function oldView(): Record<string, unknown> {
  const lag = { heardAgoMs: 0, lagOperations: 0, lagBytes: 0, lagMs: 0 };
  const memory = { logBytes: 0, usedMemoryBytes: 1, rssBytes: 1, maxmemoryBytes: 1, syncerRssBytes: 1 };
  const known = { member: "cw", origin: "cw/1", phase: "open", detail: null, epoch: 3, members: ["cn", "cw"] };
  const peers = [{ member: "cn", state: "refused", ...lag }];
  return { ...known, peers, issued: 0, applied: [], conflicts: 0, ...memory, at: stamp() };
}

const lost = { cache: "cw", region: "west" };
const survivors = [{ cache: "cn", region: "north" }];

function found(check: string): Record<string, unknown> | undefined {
  return recorder.events.get(`d1:check:${check}`);
}

describe("an unlinked member whose region is back", () => {
  async function look(): Promise<void> {
    const deps = depsWith({ lab: lab.client, recorder: recorder.client });
    await checkOldMember(deps, { drill, nickname: "g", lost, survivors }, AbortSignal.timeout(20_000));
  }

  it("is refused by its epoch, and its late writes are on no survivor", async () => {
    await pair.cw.mset("late:west:1", "1", "late:west:2", "1", "other", "1");
    await look();
    expect(found("old-member-refused")).toMatchObject({
      type: "check.passed",
      data: { found: { itsEpoch: 3, epoch: 4 } },
    });
    const late = { type: "check.passed", data: { found: { writtenThere: 2, onSurvivors: 0 } } };
    expect(found("late-writes-refused")).toMatchObject(late);
  });

  it("fails the check when a survivor took one of its writes", async () => {
    await pair.cw.mset("late:west:1", "1", "late:west:2", "1");
    await pair.cn.set("late:west:2", "1");
    await look();
    const why = "1 of 2 late writes are on survivors";
    expect(found("late-writes-refused")).toMatchObject({ type: "check.failed", data: { why } });
  });
});

describe("what a member wrote alone and was waited for", () => {
  const look = (): Promise<void> =>
    checkLateWrites(depsWith({ lab: lab.client, recorder: recorder.client }), { drill, lost, survivors });

  it("has arrived when it is on every member", async () => {
    for (const cache of [pair.cw, pair.cn]) await cache.mset("late:west:1", "1", "late:west:2", "1");
    await look();
    const arrived = { type: "check.passed", data: { found: { writtenThere: 2, everywhere: 2 } } };
    expect(found("late-writes-arrived")).toMatchObject(arrived);
  });

  it("has not while one is missing somewhere", async () => {
    await pair.cw.mset("late:west:1", "1", "late:west:2", "1");
    await pair.cn.set("late:west:2", "1");
    await look();
    expect(found("late-writes-arrived")).toMatchObject({ type: "check.failed" });
  });
});
