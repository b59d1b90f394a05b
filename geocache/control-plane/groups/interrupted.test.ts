import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isAlive, signalProcess, type ProcessIdentity } from "../../../base/processes.ts";
import { waitFor } from "../../../base/waits.ts";
import { startGroupProcesses, type GroupProcesses } from "../test-group-processes.ts";
import { databaseIdOf, type GroupWorld } from "../test-groups.ts";

/** A word of the control plane takes so long to `three`, which is alone in the east: there is time to act meanwhile. */
const FAR_MS = 500;
const TIMEOUT_MS = 120_000;

let world: GroupProcesses;
let groups: GroupWorld;
let one: Redis;
let two: Redis;
let three: Redis;

beforeAll(async () => {
  world = await startGroupProcesses();
  ({ groups } = world);
  await groups.join("one");
  await groups.join("two", { linked: ["one", "two"] });
  await joinThree();
  [one, two] = [await world.connect("one"), await world.connect("two")];
}, TIMEOUT_MS);
afterAll(async () => {
  await world.end();
}, 60_000);

async function joinThree(): Promise<void> {
  await groups.join("three", { region: "east", linked: ["one", "two", "three"] });
  three = await world.connect("three", { from: "east" });
}

async function eventually(what: string, check: () => Promise<boolean>): Promise<void> {
  await waitFor(check, { what, timeoutMs: 60_000, intervalMs: 10 });
}

async function killed(identity: ProcessIdentity): Promise<void> {
  signalProcess(identity, "SIGKILL");
  await eventually("it to be dead", async () => !isAlive(identity));
}

async function restartControlPlane(): Promise<void> {
  await world.processes.kill("geocache");
  await world.processes.start("geocache");
}

async function shows(redis: Redis, key: string, value: string | null): Promise<void> {
  await eventually(`${key} to be ${value}`, async () => (await redis.get(key)) === value);
}

/** Everybody takes writes, has everybody's, and knows the same group. */
async function goesOn(...members: [string, Redis][]): Promise<void> {
  await world.allOpen();
  for (const [name, redis] of members) await redis.set(`from ${name}`, "1");
  for (const [, redis] of members) for (const [name] of members) await shows(redis, `from ${name}`, "1");
  await eventually("all to know the same group", async () => {
    const { epoch, members: rows } = await groups.view();
    return rows.every(({ view }) => view?.epoch === epoch && view.members.length === members.length);
  });
}

describe("a flush that is interrupted", () => {
  /** `three` is told to hold writes back, like the others, and does not hear of the flush before `interrupt` is done. */
  async function flushUntil(interrupt: (syncer: ProcessIdentity) => Promise<void> | void): Promise<string> {
    await one.set("before", "1");
    for (const redis of [two, three]) await shows(redis, "before", "1");
    const syncer = await world.syncerOf("three");
    await world.putEastAway(FAR_MS);
    const flush = await groups.post("one", "flush");
    await eventually("the flush to have begun", async () => (await one.dbsize()) === 0);
    await interrupt(syncer);
    await world.putEastAway(0);
    return await groups.ended(flush);
  }

  it(
    "says who still has data when a syncer dies, and empties that member once it is back",
    async () => {
      expect(await flushUntil(killed)).toMatch(/^flushed but for three/);
      await one.set("since", "1");
      await shows(three, "before", null);
      await shows(three, "since", "1");
      await goesOn(["one", one], ["two", two], ["three", three]);
    },
    TIMEOUT_MS,
  );

  it(
    "goes before any other order: who was frozen, while another one was unlinked by force, is emptied first",
    async () => {
      let frozen: ProcessIdentity | undefined;
      const failure = await flushUntil((syncer) => void signalProcess((frozen = syncer), "SIGSTOP"));
      expect(failure).toMatch(/^flushed but for three/);
      const dead = await groups.freeze("two");
      await groups.untilSilent("two");
      await groups.forceUnlink("one", "two");
      if (frozen !== undefined) signalProcess(frozen, "SIGCONT");
      await shows(three, "before", null);
      await goesOn(["one", one], ["three", three]);
      await dead.thaw();
      await groups.remove("two");
      await groups.join("two", { linked: ["one", "two", "three"] });
      two = await world.connect("two");
      await goesOn(["one", one], ["two", two], ["three", three]);
    },
    TIMEOUT_MS,
  );

  it(
    "is taken up by a control plane that was killed: it ends, and nobody keeps anything",
    async () => {
      let frozen: ProcessIdentity | undefined;
      const failure = await flushUntil(async (syncer) => {
        signalProcess((frozen = syncer), "SIGSTOP");
        await restartControlPlane();
      });
      expect(failure).toMatch(/^flushed but for three/);
      if (frozen !== undefined) signalProcess(frozen, "SIGCONT");
      await shows(three, "before", null);
      await goesOn(["one", one], ["two", two], ["three", three]);
    },
    TIMEOUT_MS,
  );

  it(
    "is refused while somebody is silent, holds nobody's writes back then, and is done when it is asked for again",
    async () => {
      await one.set("kept", "1");
      await shows(three, "kept", "1");
      const syncer = await world.syncerOf("three");
      signalProcess(syncer, "SIGSTOP");
      expect(await groups.ended(await groups.post("one", "flush"))).toMatch(/^nothing was flushed: three/);
      // Within the time that a command of the client may take.
      for (const redis of [one, two]) expect(await redis.set("written", "1")).toBe("OK");
      signalProcess(syncer, "SIGCONT");
      expect(await three.set("written there", "1")).toBe("OK");
      await shows(one, "written there", "1");
      expect(await one.get("kept")).toBe("1");
      await groups.flush("one");
      for (const redis of [one, two, three]) expect(await redis.dbsize()).toBe(0);
      await goesOn(["one", one], ["two", two], ["three", three]);
    },
    TIMEOUT_MS,
  );
});

describe("leaving that is interrupted", () => {
  /** `three` is asked to leave, and writes until it is closed for that; what it wrote last is on its way to the west. */
  async function leaveUntil(interrupt: () => Promise<void>): Promise<{ written: number; failure: string }> {
    const writer = await world.connect("three", { from: "east", maxRetriesPerRequest: 0 });
    await world.putEastAway(FAR_MS);
    const removal = await groups.beginRemoval("three");
    let written = 0;
    for (;;) {
      const done = await writer.incr("written").catch(() => undefined);
      if (done === undefined) break;
      written = done;
    }
    await interrupt();
    await world.putEastAway(0);
    return { written, failure: await groups.ended(removal) };
  }

  async function isBack(written: number): Promise<void> {
    await world.allOpen();
    three = await world.connect("three", { from: "east" });
    for (const redis of [one, two, three]) await shows(redis, "written", String(written));
    await goesOn(["one", one], ["two", two], ["three", three]);
    expect(await groups.linkStates("one")).toEqual({ one: "Linked", two: "Linked", three: "Linked" });
  }

  const conflictsOfThree = async (): Promise<number> =>
    (await groups.view()).members.find(({ cache }) => cache === "three")?.view?.conflicts ?? 0;

  it(
    "fails when the leaving syncer dies: the member is open again, with all it had, its list of conflicts too",
    async () => {
      await world.putEastAway(FAR_MS);
      await Promise.all([one.set("contested", "1"), three.set("contested", "3")]);
      await eventually("a conflict to be listed", async () => (await conflictsOfThree()) === 1);
      const syncer = await world.syncerOf("three");
      const { written, failure } = await leaveUntil(() => killed(syncer));
      expect(failure).not.toBe("");
      await isBack(written);
      expect(await conflictsOfThree()).toBe(1);
    },
    TIMEOUT_MS,
  );

  it(
    "is refused by a control plane that was killed meanwhile, when a member has fallen silent: then nobody has left",
    async () => {
      const silent = await world.syncerOf("two");
      const { written, failure } = await leaveUntil(async () => {
        signalProcess(silent, "SIGSTOP");
        await restartControlPlane();
      });
      expect(failure).toContain("two");
      signalProcess(silent, "SIGCONT");
      await isBack(written);
    },
    TIMEOUT_MS,
  );

  it(
    "goes on to its end after the control plane was killed, with everything handed over",
    async () => {
      const { written, failure } = await leaveUntil(restartControlPlane);
      expect(failure).toBe("");
      await goesOn(["one", one], ["two", two]);
      expect(await one.get("written")).toBe(String(written));
      await joinThree();
    },
    TIMEOUT_MS,
  );

  it(
    "by force goes on to its end, too: the others agree, and who was unlinked is refused",
    async () => {
      const dead = await groups.freeze("two");
      await groups.untilSilent("two");
      await world.putEastAway(FAR_MS);
      const forced = await groups.post("three", "forceUnlink", { ids: [databaseIdOf("two")] });
      await restartControlPlane();
      await world.putEastAway(0);
      expect(await groups.ended(forced)).toBe("");
      await goesOn(["one", one], ["three", three]);
      await dead.thaw();
      await eventually("it to be refused", async () => {
        const [former] = (await groups.view()).former ?? [];
        return former?.view?.peers.some(({ state }) => state === "refused") ?? false;
      });
    },
    TIMEOUT_MS,
  );
});
