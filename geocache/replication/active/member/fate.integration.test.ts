import { afterEach, beforeEach, expect, it } from "vitest";
import type { Redis } from "ioredis";
import { isAlive } from "../../../../base/processes.ts";
import { linkSchema } from "../../../../contracts/network.ts";
import { isStopped } from "../../../faults/members/process-state.ts";
import { createTestHome, type TestHome } from "../../../faults/test-lab.ts";
import { isOpen, startMembers, type TestMember, type TestMembers } from "./members.test-helper.ts";

const regions: Readonly<Record<string, string>> = { m0: "eu", m1: "us" };
const LEASE_MS = 60_000;
const freeze = { kind: "region-outage", region: "eu", mode: "freeze" } as const;

let lab: TestHome;
let group: TestMembers;
let eu: TestMember;
let us: TestMember;
let inEu: Redis;
let inUs: Redis;

beforeEach(async () => {
  lab = await createTestHome();
  await lab.start("network");
  await lab.start("keeper");
  group = await startMembers(2, {
    async route(target, from, to) {
      const id = `replication:${from}:${to}`;
      const link = { id, from: regions[from], to: regions[to], path: "replication", target, baseLatencyMs: 10 };
      const made = await lab.network.call({ method: "PUT", path: `/links/${id}`, body: link, answer: linkSchema });
      return made.endpoint;
    },
  });
  [eu, us] = group.members as [TestMember, TestMember];
  [inEu, inUs] = [eu.client(), us.client()];
  lab.members.push(...(await eu.regionMembers()));
}, 60_000);
afterEach(async () => {
  await group.end();
  await lab.end();
}, 30_000);

function pids(): number[] {
  return lab.members.flatMap((member) => (member.host === "process" ? [member.pid] : []));
}

async function bothShow(key: string, value: string): Promise<void> {
  for (const client of [inEu, inUs])
    await expect.poll(() => client.get(key).catch(() => undefined), { timeout: 30_000 }).toBe(value);
}

it("a frozen region freezes redis, syncer and pulse, goes on when it is lifted, and loses to what was written since", async () => {
  await inEu.set("both", "before");
  await bothShow("both", "before");
  // What the syncer has not read before the freeze it must not date after it.
  const syncer = await eu.part("syncer");
  process.kill(syncer?.pid ?? 0, "SIGSTOP");
  await inEu.set("both", "old");
  await inEu.set("only-eu", "kept");
  const { detail } = await lab.inject("f1", freeze, { leaseMs: LEASE_MS });
  expect(detail).toBe("cache m0 frozen, syncer m0-syncer frozen, syncer m0-pulse frozen");
  expect(pids().every(isStopped)).toBe(true);

  await inUs.set("both", "new");
  await expect.poll(async () => (await us.view()).peers[0]?.state, { timeout: 20_000 }).not.toBe("connected");
  await lab.lift("f1");
  expect(pids().some(isStopped)).toBe(false);
  await keepRunning();
  await bothShow("only-eu", "kept");
  await bothShow("both", "new");
  await group.converged();
}, 120_000);

it("a killed region takes redis, syncer and pulse, and comes back empty, closed until it has the group's data", async () => {
  await inEu.set("shared", "1");
  await bothShow("shared", "1");
  const { detail } = await lab.inject("f1", { ...freeze, mode: "kill" }, { leaseMs: LEASE_MS });
  expect(detail).toBe("cache m0 gone, syncer m0-syncer gone, syncer m0-pulse gone");
  expect(await eu.part("syncer")).toBeUndefined();
  expect(await eu.part("pulse")).toBeUndefined();
  await inUs.set("meanwhile", "2");
  await lab.lift("f1");

  await eu.restart();
  await isOpen(eu);
  expect(await eu.client().mget("shared", "meanwhile")).toEqual(["1", "2"]);
  await group.converged();
}, 120_000);

it("an isolated region lives on and takes writes; both sides agree after it", async () => {
  await lab.inject("f1", { ...freeze, mode: "isolate" }, { leaseMs: LEASE_MS });
  await inEu.set("contested", "eu");
  await inUs.set("contested", "us");
  await inEu.incrby("counted", 3);
  await inUs.incrby("counted", 4);
  await expect.poll(async () => (await eu.view()).peers[0]?.state, { timeout: 20_000 }).not.toBe("connected");
  expect(await inUs.get("counted")).toBe("4");
  expect(lab.members.every((member) => member.host === "process" && isAlive(member))).toBe(true);
  await lab.lift("f1");
  await bothShow("counted", "7");
  await group.converged();
}, 120_000);

/** As the reconciler does: a syncer that gave up, because it stood still for too long, is started again. */
async function keepRunning(): Promise<void> {
  await expect
    .poll(
      async () => {
        await group.processes.start(eu.config);
        return (await eu.view()).phase;
      },
      { timeout: 20_000, interval: 500 },
    )
    .toBe("open");
}
