import fc from "fast-check";
import { expect, it } from "vitest";
import { keepWriting, someWrites, writeAll, type Writes } from "../syncer/chaos-writes.test-helper.ts";
import { Members, type TestMember } from "../syncer/members.test-helper.ts";

const HISTORIES = 6;
/** The same histories each time; `LIFEBOAT_REJOIN_SEED` gives others. */
const SEED = Number(process.env["LIFEBOAT_REJOIN_SEED"] ?? 20);
const TEST_TIMEOUT_MS = 240_000;
const NAMES = ["m0", "m1", "m2"] as const;

const cuts = fc.subarray([
  ["m0", "m1"],
  ["m0", "m2"],
  ["m1", "m2"],
] as const);
const histories = fc.record({
  before: someWrites,
  cuts,
  apart: someWrites,
  unlinked: someWrites,
  joining: someWrites,
});

async function write(members: readonly TestMember[], writes: Writes): Promise<void> {
  await writeAll(
    members.map(({ client }) => client),
    writes,
  );
}

it(
  "whatever was written where, and whoever was cut off: survivors of a lost member are equal, and so is it when it is back",
  async () => {
    const property = fc.asyncProperty(histories, async ({ before, cuts: pairs, apart, unlinked, joining }) => {
      const group = await Members.create();
      try {
        const [m0, m1, m2] = [await group.grow("m0"), await group.grow("m1"), await group.grow("m2")];
        await write([m0, m1, m2], before);
        for (const [one, other] of pairs) await group.cut(one, other);
        await write([m0, m1, m2], apart);
        await m2.stop();
        await group.order(["m0", "m1"]);
        await group.heal();
        await write([m0, m1], unlinked);
        await group.equal(m0, m1);
        await m2.startRedis();
        await m2.startSyncer();
        await group.order(NAMES);
        await keepWriting([m0.client, m1.client], joining, m2.isIn("open"));
        await write([m0, m1, m2], before);
        await group.equal(m0, m1, m2);
        expect([m0, m1, m2].flatMap(({ failures }) => failures)).toEqual([]);
      } finally {
        await group.stop();
      }
    });
    await fc.assert(property, { numRuns: HISTORIES, seed: SEED, endOnFailure: true });
  },
  TEST_TIMEOUT_MS,
);
