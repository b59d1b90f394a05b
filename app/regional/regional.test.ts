import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NOT_WRITTEN_HEADER } from "../../contracts/app.ts";
import { servedByHeaders } from "../../contracts/routing.ts";
import { startAppRig, type AppRig } from "../../test/app-rig.ts";

let rig: AppRig;
beforeAll(async () => {
  rig = await startAppRig();
  await rig.route(1, "west");
});
afterAll(() => rig.stop());

describe("a regional application", () => {
  it("keeps sessions, and says who served them", async () => {
    expect((await rig.user("east", "PUT /session/s1", { page: 3 })).status).toBe(200);
    const read = await rig.user("east", "GET /session/s1");
    expect(await read.json()).toEqual({ id: "s1", data: { page: 3 } });
    expect(read.headers.get(servedByHeaders.region)).toBe("west");
    expect(read.headers.get(servedByHeaders.cache)).toBe("west-cache");
    expect(read.headers.get(servedByHeaders.routingVersion)).toBe("1");
    expect((await rig.user("east", "GET /session/none")).status).toBe(404);
  });

  it("ranks players by score", async () => {
    await rig.user("west", "POST /leaderboard/b/ann", { score: 5 });
    await rig.user("west", "POST /leaderboard/b/bob", { score: 9 });
    const board = await rig.user("west", "GET /leaderboard/b?top=1");
    expect(await board.json()).toEqual({ board: "b", top: [{ player: "bob", score: 9 }] });
  });

  it("adds to a player's score", async () => {
    await rig.user("west", "POST /leaderboard/sums/ann", { by: 5 });
    const added = await rig.user("west", "POST /leaderboard/sums/ann", { by: 2.5 });
    expect(await added.json()).toEqual({ board: "sums", player: "ann", score: 7.5 });
    expect((await rig.user("west", "POST /leaderboard/sums/ann", { by: 1, score: 2 })).status).toBe(400);
  });

  it("counts, and says how far it is", async () => {
    expect(await (await rig.user("west", "GET /counter/votes")).json()).toEqual({ name: "votes", value: 0 });
    await rig.user("west", "POST /counter/votes");
    expect(await (await rig.user("west", "POST /counter/votes")).json()).toEqual({ name: "votes", value: 2 });
    expect(await (await rig.user("west", "GET /counter/votes")).json()).toEqual({ name: "votes", value: 2 });
  });

  it("keeps each tag once", async () => {
    const add = async (tag: string): Promise<unknown> => (await rig.user("west", `POST /tags/t/${tag}`)).json();
    expect(await add("b")).toEqual({ name: "t", member: "b", added: true });
    expect(await add("b")).toMatchObject({ added: false });
    await add("a");
    expect(await (await rig.user("west", "GET /tags/t")).json()).toEqual({ name: "t", count: 2, members: ["a", "b"] });
  });

  it("limits what one user may ask for", async () => {
    // More than twice the limit: it is passed even when the window ends in between.
    const statuses: number[] = [];
    for (let n = 0; n < 230; n += 1) statuses.push((await rig.user("west", "POST /rate-limit/eager")).status);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect(statuses[0]).toBe(200);
  });

  it("asks the slow origin once, and then answers from the cache", async () => {
    const first = (await (await rig.user("west", "GET /search?q=boats")).json()) as { cached: string };
    const second = (await (await rig.user("west", "GET /search?q=boats")).json()) as { cached: string };
    expect([first.cached, second.cached]).toEqual(["miss", "hit"]);
  });

  it("names the field of a bad input", async () => {
    const refused = await rig.user("west", "PUT /ledger/w1/minus?token=t");
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: { code: "BAD_INPUT", field: "seq" } });
  });

  it("lets nobody in past the front door", async () => {
    expect((await fetch(`http://127.0.0.1:${rig.ports.west}/probe`)).status).toBe(401);
  });

  it("refuses requests of a version that it does not know and cannot learn", async () => {
    const headers = { authorization: `Bearer ${rig.token}`, [servedByHeaders.routingVersion]: "7" };
    const answer = await fetch(`http://127.0.0.1:${rig.ports.west}/probe`, { headers });
    expect(answer.status).toBe(421);
    expect(answer.headers.get(servedByHeaders.routingVersion)).toBe("1");
  });

  it("says that a write refused by a read-only secondary was not done, while reads go on", async () => {
    await rig.route(2, "east");
    const write = await rig.user("west", "PUT /ledger/w1/1?token=t");
    expect(write.status).toBe(503);
    expect(write.headers.get(NOT_WRITTEN_HEADER)).toBe("1");
    expect((await rig.user("west", "GET /probe")).status).toBe(200);
    expect((await rig.user("west", "GET /search?q=ships")).status).toBe(200);
  });

  it("does not claim that a write to a cache that fell silent was not done", async () => {
    await rig.route(3, "west");
    rig.process("west-cache").kill("SIGSTOP");
    const write = await rig.user("west", "PUT /ledger/w1/2?token=t");
    rig.process("west-cache").kill("SIGCONT");
    expect(write.status).toBe(503);
    expect(write.headers.get(NOT_WRITTEN_HEADER)).toBeNull();
  });

  it("says of a write to a dead cache that it was not done", async () => {
    await rig.end("west-cache");
    await expect
      .poll(async () => (await rig.user("west", "PUT /ledger/w1/3?token=t")).headers.get(NOT_WRITTEN_HEADER))
      .toBe("1");
  });
});
