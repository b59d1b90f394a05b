import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NOT_WRITTEN_HEADER } from "../../contracts/app.ts";
import type { RoutingMove, RoutingTable } from "../../contracts/routing.ts";
import { servedByHeaders } from "../../contracts/routing.ts";
import { startRegionsRig, type RegionsRig } from "../../test/regions-rig.ts";
import { startStream } from "../../test/request-stream.ts";

const regions = ["west", "east", "south"] as const;
type Region = (typeof regions)[number];

const table = {
  users: { west: "west", east: "east", south: "south" },
  caches: { west: "west-cache", east: "east-cache", south: "south-cache" },
  fallbacks: { west: ["east", "south"], east: ["west", "south"], south: ["east", "west"] },
} satisfies RoutingTable;

/** Longer than the longest wait of one that was lost again and again, as on a busy machine. */
const PATIENT = { timeout: 50_000, interval: 50 };

let rig: RegionsRig<Region>;
beforeAll(async () => {
  rig = await startRegionsRig({ regions });
  await rig.put({ version: 1, fencingToken: 1, table });
});
afterAll(() => rig.stop());

const servedBy = async (users: Region): Promise<string | null> =>
  (await rig.user(users, "PUT /probe")).headers.get(servedByHeaders.region);

const served = async (): Promise<Record<string, string>> =>
  Object.fromEntries((await rig.state()).serving?.map(({ users, region }) => [users, region]) ?? []);

const lastMove = async (users: Region): Promise<RoutingMove | undefined> =>
  (await rig.state()).moves?.findLast((move) => move.users === users);

/** Sends one command to a cache as its operator; the answer's first line. */
function redis(region: Region, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(rig.ports[`${region}-cache`], "127.0.0.1", () => socket.write(`${command}\r\n`));
    socket.setTimeout(5000, () => socket.destroy(new Error(`${command}: no answer`)));
    socket.once("error", reject).once("data", (data) => {
      resolve(data.toString().split("\r\n")[0] ?? "");
      socket.destroy();
    });
  });
}

async function expectAtHome(): Promise<void> {
  await expect.poll(served, PATIENT).toEqual(table.users);
}

describe("users of an active group", { timeout: 180_000 }, () => {
  it("are each served by the application of their own region, on its own cache", async () => {
    for (const region of regions) {
      const answer = await rig.user(region, "PUT /probe");
      expect(answer.status).toBe(200);
      expect(answer.headers.get(servedByHeaders.region)).toBe(region);
      expect(answer.headers.get(servedByHeaders.cache)).toBe(`${region}-cache`);
      expect(answer.headers.get(servedByHeaders.routingVersion)).toBe("1");
    }
    expect(await served()).toEqual(table.users);
    expect((await rig.state()).moves).toEqual([]);
  });

  it("go to the nearest healthy region when their application dies, and come back with it", async () => {
    await rig.end("west");
    await expect.poll(() => servedBy("west"), PATIENT).toBe("east");
    await rig.startApp("west");
    await expectAtHome();
    expect(await servedBy("west")).toBe("west");
    const moves = (await rig.state()).moves ?? [];
    const left = moves.find(({ users, from }) => users === "west" && from === "west");
    expect(left).toMatchObject({ n: expect.any(Number), version: 1 });
    expect(left?.reason).toContain("app-west did not answer");
    const back = await lastMove("west");
    expect(back?.to).toBe("west");
    expect(back?.n).toBeGreaterThan(left?.n ?? Infinity);
    expect((await rig.state()).serving).toContainEqual({ users: "west", region: "west", since: back?.at });
  });

  it("go when their application falls silent, and come back when it speaks again", async () => {
    rig.process("south").kill("SIGSTOP");
    await expect.poll(() => servedBy("south"), PATIENT).toBe("east");
    rig.process("south").kill("SIGCONT");
    await expectAtHome();
    expect(await servedBy("south")).toBe("south");
  });

  it("pass over a fallback that is not healthy either, and leave it for a nearer one that is again", async () => {
    rig.process("east-cache").kill("SIGSTOP");
    await rig.end("west-cache");
    await expect.poll(served, PATIENT).toEqual({ west: "south", east: "south", south: "south" });
    expect((await lastMove("east"))?.reason).toContain("east-cache");
    rig.process("east-cache").kill("SIGCONT");
    await expect.poll(served, PATIENT).toEqual({ west: "east", east: "east", south: "south" });
    expect((await lastMove("west"))?.reason).toContain("east is nearer");
    rig.startCache("west");
    await expectAtHome();
  });

  it("leave a cache that lets them only read, and return when it is open again", async () => {
    expect(await redis("south", "ACL SETUSER default -@write")).toBe("+OK");
    await expect.poll(() => servedBy("south"), PATIENT).toBe("east");
    expect((await lastMove("south"))?.reason).toContain("NOPERM");
    expect(await redis("south", "ACL SETUSER default +@all")).toBe("+OK");
    await expectAtHome();
  });

  it("stay with a cache that is full: it answers, and no other is better", async () => {
    const before = (await rig.state()).moves?.length;
    const stream = startStream(rig, ["east"]);
    expect(await redis("east", "CONFIG SET maxmemory 1")).toBe("+OK");
    const refused = await rig.user("east", "POST /counter/full");
    // Several checks long.
    await stream.answered(100);
    expect(await redis("east", "CONFIG SET maxmemory 0")).toBe("+OK");
    const reads = await stream.stop();
    expect(refused.status).toBe(507);
    expect(refused.headers.get(servedByHeaders.region)).toBe("east");
    expect(refused.headers.get(NOT_WRITTEN_HEADER)).toBe("1");
    expect(reads.filter(({ status, servedBy: by }) => status !== 200 || by !== "east")).toEqual([]);
    expect((await rig.state()).moves?.length).toBe(before);
  });

  it("stay where they are after a front door that was killed comes back", async () => {
    await rig.end("west");
    await expect.poll(served, PATIENT).toMatchObject({ west: "east" });
    await rig.end("front-door");
    await rig.startFrontDoor();
    const after = await served();
    await rig.startApp("west");
    expect(after).toMatchObject({ west: "east" });
    await expectAtHome();
  });

  it("are served all along while another region's users come and go", async () => {
    const stream = startStream(rig, ["south"]);
    await rig.end("west");
    await expect.poll(served, PATIENT).toMatchObject({ west: "east" });
    await rig.startApp("west");
    await expectAtHome();
    const requests = await stream.stop();
    expect(requests.length).toBeGreaterThan(50);
    expect(requests.filter(({ status, servedBy: by }) => status !== 200 || by !== "south")).toEqual([]);
  });

  it("are not moved any more under a table without fallbacks", async () => {
    const { users, caches } = table;
    const state = await rig.put({ version: 2, fencingToken: 1, table: { users, caches } });
    expect(state).not.toHaveProperty("moves");
    rig.process("west").kill("SIGSTOP");
    expect((await rig.user("west", "GET /probe")).status).toBe(503);
    expect(await rig.state()).not.toHaveProperty("serving");
    rig.process("west").kill("SIGCONT");
    await expect.poll(async () => (await rig.user("west", "GET /probe")).status, PATIENT).toBe(200);
  });

  it("are refused a fallback that has no cache, or is their home", async () => {
    const change = (fallbacks: Record<string, string[]>): Promise<unknown> =>
      rig.put({ version: 3, fencingToken: 1, table: { ...table, fallbacks } });
    await expect(change({ west: ["mars"] })).rejects.toMatchObject({ code: "BAD_INPUT" });
    await expect(change({ west: ["west"] })).rejects.toMatchObject({ code: "BAD_INPUT" });
    await expect(change({ mars: ["east"] })).rejects.toMatchObject({
      code: "BAD_INPUT",
      field: "table.fallbacks.mars",
    });
    expect((await rig.state()).version).toBe(2);
  });
});
