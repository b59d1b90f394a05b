import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stamp } from "../../base/clocks.ts";
import type { Conflict } from "../../contracts/groups.ts";
import type { putFileSchema } from "../../contracts/recorder.ts";
import { z } from "zod";
import { depsWith, drill, startStub, type Stub } from "../deps.test-helper.ts";
import { startRedisPair, type RedisPair } from "../redis-pair.test-helper.ts";
import { compareMembers } from "./compare-members.ts";
import { listConflicts } from "./list-conflicts.ts";

const PAGE = 1000;

let home: string;
let pair: RedisPair;
let lab: Stub;
let recorder: Stub;
let events: { key: string; data: Record<string, unknown> }[];
let files: z.infer<typeof putFileSchema>[];
/** Whether each comparison finds the members equal, in turn. */
let equal: boolean[];

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), "lifeboat-group-"));
  [events, files, equal] = [[], [], []];
  pair = await startRedisPair();
  lab = await startStub((api) => {
    for (const route of ["/lab/resolve", "/lab/caches/:cache/access"]) {
      api.get(route, (request) => pair.lab.client.call({ method: "GET", path: request.url, answer: z.unknown() }));
    }
    api.post("/lab/groups/g/compare", () => comparison(equal.shift() ?? true));
    api.get("/lab/groups/g/conflicts", (request) => {
      const after = Number((request.query as { after: string }).after);
      const conflicts = Array.from({ length: Math.min(PAGE, 1500 - after) }, (_, at) => conflict(after + at + 1));
      return { total: 1500, conflicts };
    });
  });
  recorder = await startStub((api) => {
    api.post("/bundles/:id/events", (request) => {
      events.push(...(request.body as { events: typeof events }).events);
      return { count: 1, head: "0" };
    });
    api.put("/bundles/:id/files", (request) => {
      const body = request.body as (typeof files)[number];
      files.push(body);
      return { path: body.path, size: 1, sha256: "0" };
    });
  });
});
afterEach(async () => {
  await Promise.all([lab.close(), recorder.close(), pair.stop()]);
  await rm(home, { recursive: true, force: true });
});

function comparison(isEqual: boolean): Record<string, unknown> {
  const [startedAt, endedAt] = [stamp(), stamp()];
  return { equal: isEqual, members: [], differenceCount: isEqual ? 0 : 1, differences: [], startedAt, endedAt };
}

function conflict(n: number): Conflict {
  const side = { origin: "a/1", seq: n, hlcUs: n };
  return { n, at: stamp(), key: "aw==", cell: null, rule: "lww", winner: side, loser: side, lostValue: null };
}

function deps(): Parameters<typeof compareMembers>[0] {
  return depsWith({ home, lab: lab.client, recorder: recorder.client });
}

describe("the comparison of all members", () => {
  const input = { drill, nickname: "g", members: [], label: "after-healing", phase: "validate" } as const;

  it("is repeated until they are equal, and each one is in the evidence", async () => {
    equal = [false, false, true];
    const found = await compareMembers(deps(), { ...input, timeoutMs: 20_000 }, AbortSignal.timeout(30_000));
    expect(found).toBe(true);
    expect(events.map(({ key, data }) => [key, (data["comparison"] as { equal: boolean }).equal])).toEqual([
      ["d1:comparison:after-healing:1", false],
      ["d1:comparison:after-healing:2", false],
      ["d1:comparison:after-healing:3", true],
    ]);
  });

  it("ends with what it found when they do not become equal in time", async () => {
    equal = Array.from({ length: 1000 }, () => false);
    expect(await compareMembers(deps(), { ...input, timeoutMs: 50 }, AbortSignal.timeout(30_000))).toBe(false);
    expect(events.length).toBeGreaterThan(0);
  });

  it("waits for a marker of each member at every other one first", async () => {
    const members = [
      { cache: "cw", region: "west" },
      { cache: "cn", region: "north" },
    ];
    const compared = compareMembers(deps(), { ...input, members, timeoutMs: 20_000 }, AbortSignal.timeout(30_000));
    const markers = async (): Promise<string[]> => [
      ...(await pair.cw.keys("lifeboat:marker:*")),
      ...(await pair.cn.keys("lifeboat:marker:*")),
    ];
    await expect.poll(async () => (await markers()).length, { timeout: 10_000 }).toBe(2);
    expect(events).toEqual([]);
    const [west = "", north = ""] = await markers();
    await Promise.all([pair.cw.set(north, "1"), pair.cn.set(west, "1")]);
    expect(await compared).toBe(true);
  });
});

describe("the list of conflicts", () => {
  it("is handed over whole, page by page, for each member", async () => {
    const most = await listConflicts(deps(), { drill, nickname: "g", members: ["a", "b"] });
    expect(most).toBe(1500);
    expect(files.map((file) => file.path)).toEqual(["conflicts/a.ndjson", "conflicts/b.ndjson"]);
    const source = files[0]?.source;
    const text = source?.kind === "file" ? await readFile(source.file, "utf8") : "";
    const numbers = text
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as Conflict).n);
    expect(numbers).toEqual(Array.from({ length: 1500 }, (_, at) => at + 1));
    expect(events[0]?.data).toEqual({
      conflicts: { a: { total: 1500, listed: 1500 }, b: { total: 1500, listed: 1500 } },
    });
  });
});
