import { LifeboatError } from "../../base/errors.ts";
import { waitFor } from "../../base/waits.ts";
import type { RoutingTable } from "../../contracts/routing.ts";
import { cacheLogin } from "../clients/cache-access.ts";
import { linkStates, unlinkPair } from "../clients/arm-link.ts";
import { withRedis } from "../clients/redis-client.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Pair } from "../../scenarios/pair.ts";
import type { Drill } from "../drill-types.ts";
import { drain } from "../estate/routing.ts";
import { runCommand } from "../recording/command.ts";
import { recordEvents, type EventDraft } from "../recording/record.ts";
import { followMarker } from "./marker.ts";
import { captureMembership } from "./membership.ts";
import { switchUsers } from "./switch-users.ts";

export type FailOverInput = {
  readonly drill: Drill;
  /** As it is now; afterwards its secondary serves. */
  readonly pair: Pair;
  readonly table: RoutingTable;
  /** Present for a planned move: writes are held back at least this long before the marker is followed. */
  readonly settleMs: number | null;
};

const WRITABLE_TIMEOUT_MS = 900_000;
const CAUGHT_UP_TIMEOUT_MS = 60_000;

/**
 * The ordered acts of a failover in one activity, because users wait for every one of them: (drain,) unlink, wait
 * until the secondary takes writes (P33), switch the whole stack (P39, P40), confirm. Each sub-step is an event.
 * Repeated after a crash, it goes on where it was.
 */
export async function failOver(deps: ActivityDeps, input: FailOverInput, signal: AbortSignal): Promise<void> {
  const { drill, pair } = input;
  const notes: EventDraft[] = [];
  const command = commandRunner(notes);
  const change = `unlink ${pair.secondary.cache}`;
  let before: Promise<void> = Promise.resolve();
  try {
    if (input.settleMs !== null) await drainFirst(deps, input, { command, signal });
    // Nobody waits for it, but a repetition after a crash could not look back at how things were.
    before = recordEvents(deps, drill, [
      await captureMembership(deps, { pair, change, moment: "before", phase: "act" }),
    ]);
    before.catch(() => undefined);
    await command("unlink", pair.secondary.cache, () => unlinkPair(deps, pair, signal));
    await command("await-writable", pair.secondary.cache, () => awaitWritable(deps, pair, signal));
    await switchUsers(deps, { drill, table: input.table, phase: "act", notes });
    if (input.settleMs !== null) {
      await command("undrain", "front-door", () => drain(deps, drill.fencingToken, false));
    }
    notes.push(await captureMembership(deps, { pair, change, moment: "after", phase: "act" }));
  } finally {
    await before;
    await recordEvents(deps, drill, notes);
  }
}

type CommandRunner = <T>(operation: string, target: string, work: () => Promise<T>) => Promise<T>;

function commandRunner(notes: EventDraft[]): CommandRunner {
  return (operation, target, work) =>
    runCommand(notes, { what: `act:${operation}`, operation, phase: "act", target, request: {} }, work);
}

/** Before the pair is unlinked; afterwards there is no secondary left that could catch up. */
async function drainFirst(
  deps: ActivityDeps,
  input: FailOverInput,
  by: { readonly command: CommandRunner; readonly signal: AbortSignal },
): Promise<void> {
  const { drill, pair } = input;
  const { command, signal } = by;
  if ((await linkStates(await deps.arm(), deps.armScope.resourceGroup, pair.primary.cache)).length === 0) return;
  await command("drain", "front-door", () => drain(deps, drill.fencingToken, true));
  const settleMs = input.settleMs ?? 0;
  const settledAtMs = performance.now() + settleMs;
  await command("await-drained", "front-door", () =>
    waitFor(
      async () =>
        (await drain(deps, drill.fencingToken, true)).writesInFlight === 0 && performance.now() >= settledAtMs,
      { what: "the writes under way to end", timeoutMs: CAUGHT_UP_TIMEOUT_MS + settleMs, intervalMs: 20, signal },
    ),
  );
  await command("await-caught-up", pair.secondary.cache, () => followMarker(deps, pair, CAUGHT_UP_TIMEOUT_MS));
}

async function awaitWritable(deps: ActivityDeps, pair: Pair, signal: AbortSignal): Promise<void> {
  const login = await cacheLogin(deps, pair.secondary.region, pair.secondary.cache);
  await withRedis(login, (redis) =>
    waitFor(async () => /^role:master/m.test(await redis.info("replication")), {
      what: `${pair.secondary.cache} to take writes`,
      timeoutMs: WRITABLE_TIMEOUT_MS,
      intervalMs: 10,
      signal,
    }),
  ).catch((cause: unknown) => {
    throw new LifeboatError("UNAVAILABLE", `${pair.secondary.cache} does not answer as a primary`, { cause });
  });
}
