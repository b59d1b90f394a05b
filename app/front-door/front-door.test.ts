import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NOT_WRITTEN_HEADER } from "../../contracts/app.ts";
import { drainAnswerSchema, instanceListSchema } from "../../contracts/front-door.ts";
import { servedByHeaders } from "../../contracts/routing.ts";
import { startAppRig, tableServedBy, type AppRig } from "../../test/app-rig.ts";
import { startStream } from "../../test/request-stream.ts";

let rig: AppRig;
beforeAll(async () => {
  rig = await startAppRig();
});
afterAll(() => rig.stop());

const servedRegion = async (user: string): Promise<string | null> =>
  (await rig.user(user, "GET /probe")).headers.get(servedByHeaders.region);

describe("the front door", () => {
  it("serves nobody before it has a table, and says that nothing was written", async () => {
    const answer = await rig.user("west", "PUT /probe");
    expect(answer.status).toBe(503);
    expect(answer.headers.get(NOT_WRITTEN_HEADER)).toBe("1");
  });

  it("refuses a user without a known region", async () => {
    await rig.route(1, "west");
    expect((await rig.user("atlantis", "GET /probe")).status).toBe(400);
    expect((await fetch(new URL("/probe", rig.url))).status).toBe(400);
  });

  it("wants the token for its control paths", async () => {
    expect((await fetch(new URL("/routing", rig.url))).status).toBe(401);
    expect((await fetch(new URL("/instances", rig.url), { method: "DELETE" })).status).toBe(401);
  });

  it("switches all users in one step and without an error, under a stream of requests", async () => {
    const stream = startStream(rig, ["west", "east"]);
    await stream.answered(50);
    await rig.route(2, "east");
    const confirmedAt = performance.now();
    await stream.answered(100);
    const requests = await stream.stop();
    expect(requests.filter((request) => request.status !== 200)).toEqual([]);
    const late = requests.filter((request) => request.startedAt > confirmedAt);
    expect(new Set(late.map((request) => request.version))).toEqual(new Set([2]));
    expect(new Set(late.map((request) => request.user))).toEqual(new Set(["west", "east"]));
    for (const request of requests) expect(request.servedBy).toBe(request.version === 1 ? "west" : "east");
    const firstNewEndedAt = Math.min(...requests.filter(({ version }) => version === 2).map(({ endedAt }) => endedAt));
    const stale = requests.filter(({ version, startedAt }) => version === 1 && startedAt > firstNewEndedAt);
    expect(stale).toEqual([]);
    expect((await rig.state()).oldVersionInFlight).toBe(0);
  });

  it("takes a repeated switch for the same and refuses another table under its version", async () => {
    const before = await rig.state();
    const again = await rig.route(2, "east");
    expect(again.switchedAt).toEqual(before.switchedAt);
    await expect(rig.route(2, "west")).rejects.toMatchObject({ code: "CONFLICT" });
  });

  it("refuses an older version and an older token", async () => {
    await expect(rig.route(1, "west")).rejects.toMatchObject({ code: "STALE_TOKEN" });
    await rig.route(3, "west", 5);
    await expect(rig.route(4, "east", 4)).rejects.toMatchObject({ code: "STALE_TOKEN" });
    expect((await rig.state()).version).toBe(3);
  });

  it("refuses a table that sends users to a region without a cache or an instance", async () => {
    const change = (users: string, caches: Record<string, string>) => ({
      method: "PUT" as const,
      path: "/routing",
      body: { version: 9, fencingToken: 5, table: { users: { west: users }, caches } },
      answer: instanceListSchema,
    });
    await expect(rig.control.call(change("east", {}))).rejects.toMatchObject({ code: "BAD_INPUT" });
    await expect(rig.control.call(change("mars", { mars: "m" }))).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(rig.control.call(change("east", { east: "m" }))).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it("holds writes back while draining and lets reads pass", async () => {
    const drain = (draining: boolean) =>
      rig.control.call({
        method: "PUT",
        path: "/drain",
        body: { draining, fencingToken: 5 },
        answer: drainAnswerSchema,
      });
    expect(await drain(true)).toEqual({ draining: true, writesInFlight: 0 });
    const write = await rig.user("west", "PUT /probe");
    expect([write.status, write.headers.get(NOT_WRITTEN_HEADER)]).toEqual([503, "1"]);
    expect((await rig.user("west", "GET /probe")).status).toBe(200);
    await drain(false);
    expect((await rig.user("west", "PUT /probe")).status).toBe(200);
  });

  it("keeps table, token and instances over a kill", async () => {
    await rig.end("front-door");
    await rig.startFrontDoor();
    expect(await rig.state()).toMatchObject({ version: 3, table: tableServedBy("west") });
    expect(await servedRegion("east")).toBe("west");
    await expect(rig.route(4, "east", 4)).rejects.toMatchObject({ code: "STALE_TOKEN" });
  });

  it("is not held up by a frozen instance that the new table does without", async () => {
    rig.process("west").kill("SIGSTOP");
    const startedAt = performance.now();
    const state = await rig.route(4, "east", 5);
    const tookMs = performance.now() - startedAt;
    // The bound of the push that is not to be waited for.
    expect(tookMs).toBeLessThan(1000);
    expect(state.instances).toContainEqual({ name: "app-west", region: "west", required: false, version: null });
    expect(await servedRegion("west")).toBe("east");
    rig.process("west").kill("SIGCONT");
    await expect
      .poll(async () => (await rig.state()).instances.map(({ version }) => version), { timeout: 5000 })
      .toEqual([4, 4]);
  });

  it("does not switch when a needed instance is dead", async () => {
    await rig.end("west");
    await expect(rig.route(5, "west", 5)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect((await rig.state()).version).toBe(4);
    expect(await servedRegion("west")).toBe("east");
  });

  it("switches to an instance that was started anew", async () => {
    await rig.startApp("west");
    await rig.route(5, "west", 5);
    expect(await servedRegion("east")).toBe("west");
  });

  it("answers quickly for an instance that fell silent, and does not claim that a write was not done", async () => {
    rig.process("west").kill("SIGSTOP");
    const answer = await rig.user("west", "PUT /probe");
    rig.process("west").kill("SIGCONT");
    expect(answer.status).toBe(503);
    expect(answer.headers.get(NOT_WRITTEN_HEADER)).toBeNull();
  });

  it("asks a silent instance by few requests only, tells the other users at once, and notices its return", async () => {
    const unanswered = async (): Promise<number> => {
      const list = await rig.control.call({ method: "GET", path: "/instances", answer: instanceListSchema });
      return list.instances.find(({ name }) => name === "app-west")?.unanswered ?? 0;
    };
    const burst = async (count: number): Promise<number[]> =>
      Promise.all(Array.from({ length: count }, async () => (await rig.user("west", "GET /probe")).status));
    rig.process("west").kill("SIGSTOP");
    await burst(5);
    const before = await unanswered();
    expect(new Set(await burst(100))).toEqual(new Set([503]));
    expect((await unanswered()) - before).toBeLessThan(50);
    rig.process("west").kill("SIGCONT");
    await expect.poll(async () => (await rig.user("west", "GET /probe")).status, { timeout: 5000 }).toBe(200);
    expect(new Set(await burst(20))).toEqual(new Set([200]));
  });
});
