import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { historyOf, type History } from "./chaos-history.test-helper.ts";
import { runHistory } from "./chaos-run.test-helper.ts";
import { startGroup, type Group } from "./group.test-helper.ts";

/**
 * `LIFEBOAT_CHAOS_REPLAY`: a history as JSON, or a file that holds one, as a failure prints it; it is run again and
 * again, because it is a script and not a schedule. `LIFEBOAT_CHAOS_SEED` and `LIFEBOAT_CHAOS_RUNS`: other histories.
 * `LIFEBOAT_CHAOS_LOSING`: so many in which a member is lost and unlinked by force.
 */
const { LIFEBOAT_CHAOS_LOSING, LIFEBOAT_CHAOS_REPLAY, LIFEBOAT_CHAOS_SEED, LIFEBOAT_CHAOS_RUNS } = process.env;
const REPLAYS = 30;
/** A history that fails costs all the time that members are given to become equal. */
const SHRINK_FOR_MS = 150_000;
const TEST_TIMEOUT_MS = 480_000;

const groups = new Map<number, Group>();
afterAll(async () => {
  for (const group of groups.values()) await group.stop();
});

/** Members are used again by the next history, unless one of their syncers gave up. */
async function groupOf(size: number): Promise<Group> {
  const known = groups.get(size);
  if (known !== undefined && known.failures.length === 0 && known.present().length === size) return known;
  await discard(size);
  const group = await startGroup(size);
  groups.set(size, group);
  return group;
}

async function discard(size: number): Promise<void> {
  const group = groups.get(size);
  groups.delete(size);
  await group?.stop();
}

type Plan = {
  readonly what: string;
  readonly size: number;
  readonly runs: number;
  readonly histories: fc.Arbitrary<History>;
};

/** What went wrong in the smallest history that was found to fail; undefined: nothing did. */
async function firstFailure({ size, runs, histories }: Plan): Promise<string | undefined> {
  let smallest: { readonly history: History; readonly reason: string } | undefined;
  let shrinksUntilMs = Infinity;
  const property = fc.asyncProperty(histories, async (history) => {
    if (performance.now() > shrinksUntilMs) return;
    try {
      await runHistory(await groupOf(size), history);
      if (history.losesLast === true) await discard(size);
    } catch (error) {
      if (smallest === undefined) shrinksUntilMs = performance.now() + SHRINK_FOR_MS;
      smallest = { history, reason: String(error) };
      throw error;
    }
  });
  const seed = LIFEBOAT_CHAOS_SEED === undefined ? {} : { seed: Number(LIFEBOAT_CHAOS_SEED) };
  const outcome = await fc.check(property, { numRuns: runs, ...seed });
  if (!outcome.failed) return undefined;
  return `seed ${outcome.seed}: ${smallest?.reason}\n${JSON.stringify(smallest?.history)}`;
}

function random(size: number, runs: number): Plan {
  const what = "equal once healed";
  return { what, size, runs: Number(LIFEBOAT_CHAOS_RUNS ?? runs), histories: historyOf(size) };
}

/** One of them is lost in each history and unlinked by force. */
function losing(size: number, runs: number): Plan {
  const histories = historyOf(size).map((history) => ({ ...history, losesLast: true }));
  return { what: "equal without the one that is lost", size, runs, histories };
}

function replay(text: string): Plan {
  // Printed by this test
  const history = JSON.parse(text.startsWith("{") ? text : readFileSync(text, "utf8")) as History;
  return { what: "equal once it is replayed", size: history.size, runs: REPLAYS, histories: fc.constant(history) };
}

function plans(): Plan[] {
  if (LIFEBOAT_CHAOS_REPLAY !== undefined) return [replay(LIFEBOAT_CHAOS_REPLAY)];
  if (LIFEBOAT_CHAOS_LOSING !== undefined) return [losing(3, Number(LIFEBOAT_CHAOS_LOSING))];
  return [random(2, 300), random(3, 500), random(5, 200), losing(3, 40)];
}

describe("members that were cut off, frozen and killed", () => {
  it.each(plans())(
    "are $what, $size of them, in $runs histories",
    async (plan) => {
      expect(await firstFailure(plan)).toBeUndefined();
    },
    TEST_TIMEOUT_MS,
  );
});
