import { messageOf } from "../../base/errors.ts";
import { waitFor } from "../../base/waits.ts";
import type { Place } from "../../scenarios/pair.ts";
import { cacheLogin } from "../clients/cache-access.ts";
import { groupView } from "../clients/group-view.ts";
import { withRedis } from "../clients/redis-client.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill } from "../drill-types.ts";
import { LATE_KEY_PREFIX } from "../load/region-writes.ts";
import { recordEvents, type EventDraft } from "../recording/record.ts";

export type OldMemberInput = {
  readonly drill: Drill;
  readonly nickname: string;
  readonly lost: Place;
  readonly survivors: readonly Place[];
};

const REFUSED_TIMEOUT_MS = 20_000;

/**
 * Looks, once the region of an unlinked member is back, whether the survivors take anything from it: they refuse it by
 * its epoch (A24), and what was written there meanwhile is on none of them. Each look is a check in the evidence.
 */
export async function checkOldMember(deps: ActivityDeps, input: OldMemberInput, signal: AbortSignal): Promise<void> {
  const refused = check("old-member-refused", input, () => awaitRefused(deps, input, signal));
  await recordEvents(deps, input.drill, [
    await refused,
    await check("late-writes-refused", input, () => lateWrites(deps, input)),
  ]);
}

async function check(name: string, { lost }: LateWritesInput, look: () => Promise<unknown>): Promise<EventDraft> {
  const base = { what: `check:${name}`, phase: "rejoin", target: lost.cache } as const;
  try {
    return { ...base, type: "check.passed", data: { check: name, found: await look() } };
  } catch (error) {
    return { ...base, type: "check.failed", data: { check: name, why: messageOf(error) } };
  }
}

async function awaitRefused(deps: ActivityDeps, input: OldMemberInput, signal: AbortSignal): Promise<unknown> {
  return waitFor(
    async () => {
      const { former = [], epoch } = await groupView(deps, input.nickname);
      const view = former.find(({ cache }) => cache === input.lost.cache)?.view;
      if (!view) throw new Error("it does not answer");
      const states = view.peers.map(({ member, state }) => `${member} ${state}`);
      if (!view.peers.every(({ state }) => state === "refused")) throw new Error(`it finds ${states.join(", ")}`);
      return { itsEpoch: view.epoch, epoch, peers: states };
    },
    { what: `${input.lost.cache} to be refused by the survivors`, timeoutMs: REFUSED_TIMEOUT_MS, signal },
  );
}

export type LateWritesInput = Pick<OldMemberInput, "drill" | "lost" | "survivors">;

/** Looks whether what a member wrote while it was alone has reached all others: it was delayed, not lost. */
export async function checkLateWrites(deps: ActivityDeps, input: LateWritesInput): Promise<void> {
  await recordEvents(deps, input.drill, [await check("late-writes-arrived", input, () => arrived(deps, input))]);
}

async function arrived(deps: ActivityDeps, { lost, survivors }: LateWritesInput): Promise<unknown> {
  const there = await lateKeys(deps, lost);
  const elsewhere = await Promise.all(survivors.map(async (place) => new Set(await lateKeys(deps, place))));
  const missing = there.filter((key) => elsewhere.some((keys) => !keys.has(key)));
  if (missing.length > 0) throw new Error(`${missing.length} of ${there.length} late writes are not on all members`);
  return { writtenThere: there.length, everywhere: there.length };
}

/** Keys that only clients in the lost region wrote. */
async function lateWrites(deps: ActivityDeps, { lost, survivors }: OldMemberInput): Promise<unknown> {
  const there = await lateKeys(deps, lost);
  const elsewhere = await Promise.all(survivors.map((place) => lateKeys(deps, place)));
  const taken = new Set(elsewhere.flat());
  if (taken.size > 0) throw new Error(`${taken.size} of ${there.length} late writes are on survivors`);
  return { writtenThere: there.length, onSurvivors: 0 };
}

async function lateKeys(deps: ActivityDeps, { cache, region }: Place): Promise<string[]> {
  return withRedis(await cacheLogin(deps, region, cache), async (redis) => {
    const keys: string[] = [];
    let cursor = "0";
    do {
      const [next, page] = await redis.scan(cursor, "MATCH", `${LATE_KEY_PREFIX}*`, "COUNT", "1000");
      keys.push(...page);
      cursor = next;
    } while (cursor !== "0");
    return keys;
  });
}
