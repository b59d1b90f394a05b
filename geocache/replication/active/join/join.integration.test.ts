import { randomBytes } from "node:crypto";
import { createServer, connect, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { askStanding } from "../exchange/question.ts";
import { Members, names, type TestMember } from "../syncer/members.test-helper.ts";

const SOON = { timeout: 30_000, interval: 50 };
const LOOPBACK = "127.0.0.1";

/** So many that some are always on their way. */
const AT_ONCE = 20;

let group: Members;
beforeEach(async () => {
  group = await Members.create();
});
afterEach(() => group.stop());

/** Bytes that no compression makes less. */
async function fill({ client }: TestMember, megabytes: number): Promise<void> {
  for (let count = 0; count < megabytes * 10; count += 1) await client.set(`bulk ${count}`, randomBytes(100_000));
}

describe("a member that joins", () => {
  it("shows everything that the others show, also what it must know to decide with them", async () => {
    const m0 = await group.grow("m0");
    const m1 = await group.grow("m1");
    await m0.client.rpush("list", "a", "b", "c");
    await m0.client.set("brief", "1", "EX", 1000);
    await m0.client.zadd("board", 4.1, "x");
    await m0.client.sadd("crew", "a");
    await group.equal(m0, m1);
    await group.cut("m0", "m1");
    // Neither knows of the other's, and the joining member comes when only one half is there.
    await m0.client.zrem("board", "x");
    await m0.client.srem("crew", "a");
    await m0.client.lpop("list");
    await m1.client.zincrby("board", 2, "x");
    await m1.client.sadd("crew", "b");
    await m1.client.rpop("list");
    const m2 = await group.grow("m2");
    expect(m2.phases).toEqual(["joining", "catching-up", "open"]);
    await group.heal();
    await group.equal(m0, m1, m2);
    expect(await m2.client.zscore("board", "x")).toBe("2");
    // Whoever begins on a list says it anew as a whole: what was taken from it out of its sight may show again.
    expect(await m2.client.lrange("list", 0, -1)).toContain("b");
  });

  it("misses nothing of what is written everywhere meanwhile, and nobody waits long for it", async () => {
    const m0 = await group.grow("m0");
    const m1 = await group.grow("m1");
    await fill(m0, 20);
    let isOver = false;
    let longestMs = 0;
    const visits = (at: TestMember): string => `visits to ${at.name}`;
    const writing = [m0, m1].map(async (one) => {
      let count = 0;
      for (; !isOver; count += AT_ONCE) {
        const startedAtMs = performance.now();
        await Promise.all(Array.from({ length: AT_ONCE }, () => one.client.incr(visits(one))));
        longestMs = Math.max(longestMs, performance.now() - startedAtMs);
      }
      return count;
    });
    const m2 = await group.grow("m2");
    isOver = true;
    const counts = await Promise.all(writing);
    await group.equal(m0, m1, m2);
    expect((await m2.client.mget(visits(m0), visits(m1))).map(Number)).toEqual(counts);
    // Five attempts to take the snapshot, each with a pause of at most 250 ms.
    expect(longestMs).toBeLessThan(5000);
  });

  it("turns to the next one when whoever gives it the data falls away in the middle", async () => {
    const m0 = await group.grow("m0");
    await fill(m0, 20);
    await group.grow("m1");
    const link = await startBreakingLink(m0.endpoint.port, 5_000_000);
    group.detour("m2", "m0", link.port);
    try {
      const m2 = await group.grow("m2");
      expect((await m2.view()).detail).toBe("joined from m1");
      expect(link.hasBroken()).toBe(true);
      await group.equal(m0, m2);
    } finally {
      link.close();
    }
  });
});

describe("a member whose redis came back empty", () => {
  it("joins again under a new incarnation, and says what was lost of the former one", async () => {
    const m0 = await group.grow("m0");
    const m1 = await group.grow("m1");
    const m2 = await group.grow("m2");
    await m2.client.set("kept", "1");
    await group.equal(m0, m1, m2);
    const { origin } = await m2.view();
    // They hear from it how much it has written, and cannot have it.
    await group.cutOneWay("m0", "m2");
    await group.cutOneWay("m1", "m2");
    for (let count = 0; count < 5; count += 1) await m2.client.incr("lost");
    const asking = { member: "m2", token: "group", epoch: (await m0.view()).epoch, endpoint: m0.endpoint };
    await expect.poll(async () => (await askStanding(asking, 5000)).heard?.issued, SOON).toBe(6);
    await m2.stop();
    await m2.startRedis();
    await m2.startSyncer();
    await group.heal();
    await m2.isIn("open");
    expect((await m2.view()).detail).toBe(`joined from m0; 5 operations of ${origin} are lost`);
    expect((await m2.view()).origin).not.toBe(origin);
    await m2.client.incr("lost");
    await group.equal(m0, m1, m2);
    expect(await m0.client.mget("kept", "lost")).toEqual(["1", "1"]);
  });

  it("whose former operations only some of the others had is levelled out among them", async () => {
    const m0 = await group.grow("m0");
    const m1 = await group.grow("m1");
    const m2 = await group.grow("m2");
    await group.cut("m1", "m2");
    await group.cut("m0", "m1");
    await m2.client.sadd("half", "1", "2", "3");
    await expect.poll(() => m0.client.scard("half"), SOON).toBe(3);
    await group.cut("m0", "m2");
    await m2.stop();
    await m2.startRedis();
    await m2.startSyncer();
    await group.heal();
    await m2.isIn("open");
    await group.equal(m0, m1, m2);
    expect(await m1.client.scard("half")).toBe(3);
    await expect.poll(async () => (await m1.view()).logBytes, SOON).toBe(0);
  });

  it("like all others: each stays closed until one is told to start empty, and the others join that one", async () => {
    const members = [await group.grow("m0"), await group.grow("m1"), await group.grow("m2")] as const;
    await members[0].client.set("gone", "1");
    for (const member of members) await member.stop();
    for (const member of members) {
      await member.startRedis();
      await member.startSyncer();
    }
    for (const name of ["m0", "m1", "m2"]) await group.tell(name);
    const details = async (): Promise<unknown[]> =>
      await Promise.all(members.map(async (member) => (await member.view()).detail));
    await expect.poll(details, SOON).toEqual(Array.from({ length: 3 }, () => "nobody whom it could join is open"));
    expect(members.map(({ phases }) => phases.at(-1))).toEqual(["joining", "joining", "joining"]);
    await members[1].syncer.startEmpty();
    for (const member of members) await member.isIn("open");
    await members[0].client.set("new", "1");
    await group.equal(...members);
    expect(await members[2].client.keys("*")).toEqual(["new"]);
  });
});

describe("a member whose syncer died while it joined", () => {
  it("joins anew, whatever state its redis was left in", async () => {
    const m0 = await group.grow("m0");
    await m0.client.set("kept", "1");
    const m1 = await group.grow("m1");
    // As a snapshot leaves it before the joining member has made it its own.
    await m1.stopSyncer();
    await m1.client.select(1);
    await m1.client.hset(names.state, "origin", (await m0.view()).origin);
    await m1.client.select(0);
    await m1.client.set("half", "1");
    await m1.client.replicaof(LOOPBACK, 1);
    await m1.startSyncer();
    await group.tell("m1");
    await group.order(["m0", "m1"]);
    await m1.isIn("open");
    await group.equal(m0, m1);
    expect(await m1.client.keys("*")).toEqual(["kept"]);
  });
});

describe("a member that asks for what the others have dropped", () => {
  it("takes everything over anew and never goes on with a gap", async () => {
    const m0 = await group.grow("m0");
    const m1 = await group.grow("m1");
    const m2 = await group.grow("m2");
    await m2.client.set("mine", "1");
    await group.equal(m0, m1, m2);
    const { origin } = await m2.view();
    await m2.stopSyncer();
    await group.order(["m0", "m1"]);
    for (let count = 0; count < 50; count += 1) await m0.client.incr("visits");
    await group.equal(m0, m1);
    for (const one of [m0, m1]) await expect.poll(async () => (await one.view()).logBytes, SOON).toBe(0);
    await m2.startSyncer();
    await group.order(["m0", "m1", "m2"]);
    await expect.poll(async () => (await m2.view()).origin, SOON).not.toBe(origin);
    await m2.isIn("open");
    await group.equal(m0, m1, m2);
    expect(await m2.client.mget("mine", "visits")).toEqual(["1", "50"]);
  });
});

type BreakingLink = { readonly port: number; readonly hasBroken: () => boolean; readonly close: () => void };

/** Passes everything on until it has carried `bytes` in one connection: then it ends that one and everything after it. */
async function startBreakingLink(port: number, bytes: number): Promise<BreakingLink> {
  let broken = false;
  const sockets = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect(port, LOOPBACK);
    let carried = 0;
    const end = (): void => {
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) sockets.add(socket.on("error", end).on("close", end));
    if (broken) return end();
    near.pipe(far);
    far.on("data", (chunk) => {
      carried += chunk.length;
      near.write(chunk);
      if (carried < bytes) return;
      broken = true;
      end();
    });
  });
  server.listen(0, LOOPBACK);
  await once(server, "listening");
  const address = server.address();
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: typeof address === "object" ? (address?.port ?? 0) : 0, hasBroken: () => broken, close };
}
