import { elapsedMs, stamp } from "../../base/clocks.ts";
import { waitFor } from "../../base/waits.ts";
import { geoLinkListSchema, labCacheListSchema } from "../../contracts/lab.ts";
import { linkPair, linkStates } from "../clients/arm-link.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Pair } from "../../scenarios/pair.ts";
import type { Drill } from "../drill-types.ts";
import { runCommand } from "../recording/command.ts";
import { recordEvents, type EventDraft } from "../recording/record.ts";
import { whatWillBeDiscarded } from "./discarded.ts";
import type { DelayBounds } from "./marker.ts";
import { captureMembership } from "./membership.ts";

export type RejoinInput = {
  readonly drill: Drill;
  /** As it shall be: the old primary is the new secondary, and its data are replaced (P17). */
  readonly pair: Pair;
};

const RUNNING_TIMEOUT_MS = 20_000;

/**
 * Waits until the returning cache runs, and looks what it alone holds. One that stays down is restarted, which is safe
 * as it is linked with none.
 */
export async function awaitReturned(deps: ActivityDeps, input: RejoinInput, signal: AbortSignal): Promise<void> {
  const { cache } = input.pair.secondary;
  const notes: EventDraft[] = [];
  if (!(await comesBack(deps, cache, signal))) await restart(deps, cache, { notes, signal });
  notes.push(await whatWillBeDiscarded(deps, input.pair));
  await recordEvents(deps, input.drill, notes);
}

async function restart(
  deps: ActivityDeps,
  cache: string,
  by: { readonly notes: EventDraft[]; readonly signal: AbortSignal },
): Promise<void> {
  const spec = { what: "rejoin:restart", operation: "force-reboot", phase: "rejoin", target: cache } as const;
  await runCommand(by.notes, { ...spec, request: { rebootType: "AllNodes" } }, async () => {
    const arm = await deps.arm();
    await arm.redis.forceReboot(deps.armScope.resourceGroup, cache, { rebootType: "AllNodes" });
  });
  const { signal } = by;
  await waitFor(() => isRunning(deps, cache), { what: `${cache} to run`, timeoutMs: RUNNING_TIMEOUT_MS, signal });
}

async function comesBack(deps: ActivityDeps, cache: string, signal: AbortSignal): Promise<boolean> {
  try {
    return await waitFor(() => isRunning(deps, cache), { what: `${cache} to run`, timeoutMs: 3000, signal });
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

async function isRunning(deps: ActivityDeps, cache: string): Promise<boolean> {
  const { caches } = await deps.lab.call({ method: "GET", path: "/lab/caches", answer: labCacheListSchema });
  return caches.some((one) => one.cache === cache && one.running);
}

/** Links the returned cache as secondary, which wipes it (P17), and measures the full sync. Answers its length in ms. */
export async function relink(deps: ActivityDeps, input: RejoinInput, signal: AbortSignal): Promise<number> {
  const { drill, pair } = input;
  const notes: EventDraft[] = [];
  const change = `link ${pair.secondary.cache} to ${pair.primary.cache}`;
  const target = pair.secondary.cache;
  const startedAt = stamp();
  try {
    notes.push(await captureMembership(deps, { pair, change, moment: "before", phase: "rejoin" }));
    const spec = { what: "rejoin:link", operation: "link", phase: "rejoin", target } as const;
    await runCommand(notes, { ...spec, request: { primary: pair.primary.cache, secondary: target } }, async () => {
      const states = await linkStates(await deps.arm(), deps.armScope.resourceGroup, pair.primary.cache);
      if (!states.includes("Succeeded")) await linkPair(deps, pair, signal);
    });
    const at = stamp();
    const fullSyncMs = elapsedMs(startedAt, at);
    const fullSync = await fullSyncOf(deps, pair);
    notes.push(
      { what: "redundancy", type: "redundancy.restored", phase: "rejoin", target, at, data: { fullSyncMs, fullSync } },
      await captureMembership(deps, { pair, change, moment: "after", phase: "rejoin" }),
    );
    return fullSyncMs;
  } finally {
    await recordEvents(deps, drill, notes);
  }
}

/** Bounds of the full sync in ms, as the secondary itself showed it; null where nothing can be asked. */
async function fullSyncOf(deps: ActivityDeps, { primary, secondary }: Pair): Promise<DelayBounds | null> {
  const call = { method: "GET", path: "/lab/geo-links", answer: geoLinkListSchema } as const;
  const { links } = await deps.lab.call(call).catch(() => ({ links: [] }));
  const link = links.find((one) => one.primary === primary.cache && one.secondary === secondary.cache);
  const { started, ended } = link?.fullSync ?? {};
  if (!started || !ended) return null;
  return {
    loMs: Math.max(0, elapsedMs(started.notAfter, ended.notBefore)),
    hiMs: elapsedMs(started.notBefore, ended.notAfter),
  };
}
