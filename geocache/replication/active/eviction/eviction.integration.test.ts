import { afterEach, describe, expect, it } from "vitest";
import { waitFor } from "../../../../base/waits.ts";
import { killNow, startMembers, type TestMember, type TestMembers } from "../member/members.test-helper.ts";
import type { EvictionPolicy } from "../member/eviction-policy.ts";
import { evictsItself } from "./evictor.ts";

const MAXMEMORY_BYTES = 6 * 1024 * 1024;
const LASTING = 500;
const VALUE = "x".repeat(300);

let group: TestMembers;
afterEach(async () => {
  await group.end();
}, 30_000);

type Filled = { readonly accepted: number; readonly refusals: readonly string[] };

/** Keys that never expire, then ever more that do, until the member is written full several times over or refuses. */
async function fill(member: TestMember): Promise<Filled> {
  const client = member.client();
  const lasting = client.pipeline();
  for (let index = 0; index < LASTING; index += 1) lasting.set(`lasting-${index}`, VALUE);
  await lasting.exec();
  let accepted = LASTING;
  const refusals: string[] = [];
  for (let round = 0; round < 60 && refusals.length === 0; round += 1) {
    const pipeline = client.pipeline();
    for (let index = 0; index < 400; index += 1) pipeline.set(`passing-${round}-${index}`, VALUE, "EX", 10_000);
    for (const [error] of (await pipeline.exec()) ?? []) {
      if (error === null) accepted += 1;
      else refusals.push(error.message);
    }
  }
  return { accepted, refusals };
}

/** One member is written full while the other one's syncer is dead: what the log lost then, nobody could deliver. */
async function writtenFull(evictionPolicy: EvictionPolicy) {
  group = await startMembers(2, { maxmemoryBytes: MAXMEMORY_BYTES, evictionPolicy });
  const [full, peer] = group.members as [TestMember, TestMember];
  await killNow(await peer.part("syncer"));
  const filled = await fill(full);
  const admin = full.admin();
  // The syncer evicts a few at a time, and may have begun when the member was full already.
  const hasBegun = async (): Promise<boolean> => (await admin.dbsize()) < filled.accepted;
  if (evictsItself(evictionPolicy)) await waitFor(hasBegun, { what: "evictions", timeoutMs: 20_000 });
  const kept = await admin.dbsize();
  const lasting = await admin.exists(Array.from({ length: LASTING }, (_, index) => `lasting-${index}`));
  await group.processes.start(peer.config);
  // An empty log: everything that was written and evicted has come to the peer.
  const isDelivered = async (): Promise<boolean> => (await full.view()).logBytes === 0;
  await waitFor(isDelivered, { what: "the log to be delivered", timeoutMs: 60_000 });
  await group.converged(30_000);
  return { ...filled, kept, lasting };
}

describe("a member that is written full keeps its log and stays equal with its peer", () => {
  it("noeviction: its clients get redis's own error, and no key goes", async () => {
    const { accepted, refusals, kept } = await writtenFull("noeviction");
    expect(refusals[0]).toMatch(/^OOM command not allowed/);
    expect(kept).toBe(accepted);
  }, 120_000);

  it.each(["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"] as const)(
    "%s: redis evicts what expires",
    async (policy) => {
      const { accepted, kept, lasting } = await writtenFull(policy);
      expect(kept).toBeLessThan(accepted);
      expect(lasting).toBe(LASTING);
    },
    120_000,
  );

  it.each(["allkeys-lru", "allkeys-lfu", "allkeys-random"] as const)(
    "%s: the syncer evicts",
    async (policy) => {
      const { accepted, kept } = await writtenFull(policy);
      expect(kept).toBeLessThan(accepted);
    },
    120_000,
  );
});
