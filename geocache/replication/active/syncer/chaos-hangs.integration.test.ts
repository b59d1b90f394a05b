import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { signalProcess } from "../../../../base/processes.ts";
import { startMembers, type TestMember, type TestMembers } from "../member/members.test-helper.ts";
import { someWrites, writeAll } from "./chaos-writes.test-helper.ts";

const HISTORIES = 8;
/** The same histories each time; `LIFEBOAT_HANGS_SEED` and `LIFEBOAT_HANGS_RUNS` give others. */
const SEED = Number(process.env["LIFEBOAT_HANGS_SEED"] ?? 7);
const RUNS = Number(process.env["LIFEBOAT_HANGS_RUNS"] ?? HISTORIES);
const CONVERGE_WITHIN_MS = 60_000;
const TEST_TIMEOUT_MS = 240_000;

const histories = fc.record({
  before: someWrites,
  hanging: fc.subarray([0, 1, 2], { minLength: 1 }),
  meanwhile: someWrites,
  hangMs: fc.integer({ min: 100, max: 1500 }),
  late: someWrites,
  after: someWrites,
});

let group: TestMembers;
let clients: Redis[];
beforeAll(async () => {
  group = await startMembers(3);
  clients = group.members.map((member) => member.client());
}, 90_000);
afterAll(async () => {
  await group.end();
}, 30_000);

async function signal(members: readonly TestMember[], name: "SIGSTOP" | "SIGCONT"): Promise<void> {
  for (const member of members) {
    const syncer = await member.part("syncer");
    if (syncer === undefined) throw new Error(`${member.name} has no syncer`);
    signalProcess(syncer, name);
  }
}

it(
  "whatever was written while syncers hung: members are equal once they go on",
  async () => {
    const property = fc.asyncProperty(histories, async ({ before, hanging, meanwhile, hangMs, late, after }) => {
      const members = hanging.flatMap((index) => group.members[index] ?? []);
      const writing = writeAll(clients, before);
      await signal(members, "SIGSTOP");
      try {
        await Promise.all([writing, writeAll(clients, meanwhile), sleep(hangMs)]);
        await writeAll(clients, late);
      } finally {
        await signal(members, "SIGCONT");
      }
      await writeAll(clients, after);
      await expect(group.converged(CONVERGE_WITHIN_MS)).resolves.toBeUndefined();
    });
    await fc.assert(property, { numRuns: RUNS, seed: SEED, endOnFailure: true });
  },
  TEST_TIMEOUT_MS,
);
