import { elapsedMs, stamp } from "../../base/clocks.ts";
import { groupRoutingTable, membersOf } from "../../scenarios/group.ts";
import type { Place } from "../../scenarios/pair.ts";
import type { GroupTopology } from "../../scenarios/schema.ts";
import { createCluster, createMember, deleteMember, linkedCaches } from "../clients/arm-group.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill } from "../drill-types.ts";
import { restartApplication } from "../estate/applications.ts";
import { clientCredentials } from "../estate/client-credentials.ts";
import { awaitWhole } from "../estate/group.ts";
import { runCommand } from "../recording/command.ts";
import { recordEvents, type EventDraft } from "../recording/record.ts";
import { captureGroup } from "./group-membership.ts";
import { followMarkers } from "./group-markers.ts";
import { switchUsers } from "./switch-users.ts";

export type RejoinMemberInput = {
  readonly drill: Drill;
  readonly topology: GroupTopology;
  readonly lost: Place;
};

const WHOLE_TIMEOUT_MS = 120_000;

/**
 * Deletes the member that was unlinked, creates it anew and lets it join (A24): its stale data go, the group's come.
 * Ends when the group is whole, has caught up and users are back; answers how long the first two took, in ms.
 */
export async function recreateMember(
  deps: ActivityDeps,
  input: RejoinMemberInput,
  signal: AbortSignal,
): Promise<number> {
  const { drill, topology, lost } = input;
  const notes: EventDraft[] = [];
  const startedAt = stamp();
  const { cache } = lost;
  const others = topology.caches.map(({ name }) => name).filter((name) => name !== cache);
  try {
    // One that is back in the group was created anew before this act was repeated.
    if (!(await linkedCaches(deps, others[0] ?? "")).includes(cache)) {
      await changed(deps, { input, notes, operation: "delete" }, () => deleteMember(deps, cache, signal));
    }
    await changed(deps, { input, notes, operation: "create" }, async () => {
      const member = topology.caches.find(({ name }) => name === cache);
      if (member) await createCluster(deps, member, topology.memoryScale);
      const { nickname, evictionPolicy } = topology;
      await createMember(deps, { cache, nickname, evictionPolicy, others }, signal);
      await awaitWhole(deps, { nickname, members: [...others, cache], timeoutMs: WHOLE_TIMEOUT_MS, signal });
    });
    await clientCredentials(deps, topology);
    await restartApplication(deps, topology, lost.region);
    const tookMs = await restored(deps, { input, notes, signal }, { since: startedAt, rejoined: true });
    await switchUsers(deps, { drill, table: groupRoutingTable(topology), phase: "rejoin", notes });
    return tookMs;
  } finally {
    await recordEvents(deps, drill, notes);
  }
}

/** Waits until a member that was never unlinked has caught up with the others and they with it. Answers ms. */
export async function reuniteMember(
  deps: ActivityDeps,
  input: RejoinMemberInput,
  signal: AbortSignal,
): Promise<number> {
  const { drill, topology } = input;
  const notes: EventDraft[] = [];
  const since = stamp();
  const members = topology.caches.map(({ name }) => name);
  const { nickname } = topology;
  try {
    await awaitWhole(deps, { nickname, members, timeoutMs: WHOLE_TIMEOUT_MS, signal });
    return await restored(deps, { input, notes, signal }, { since, rejoined: false });
  } finally {
    await recordEvents(deps, drill, notes);
  }
}

type Change = {
  readonly input: RejoinMemberInput;
  readonly notes: EventDraft[];
  readonly operation: "delete" | "create";
};

async function changed(deps: ActivityDeps, change: Change, work: () => Promise<void>): Promise<void> {
  const { input, notes, operation } = change;
  const { topology, lost } = input;
  const caches = topology.caches.map(({ name }) => name);
  const moment = {
    nickname: topology.nickname,
    caches,
    change: `${operation} ${lost.cache}`,
    phase: "rejoin",
  } as const;
  notes.push(await captureGroup(deps, { ...moment, moment: "before" }));
  const spec = { what: `rejoin:${operation}`, operation, phase: "rejoin", target: lost.cache } as const;
  await runCommand(notes, { ...spec, request: { destructive: operation === "delete" } }, work);
  notes.push(await captureGroup(deps, { ...moment, moment: "after" }));
}

async function restored(
  deps: ActivityDeps,
  by: { readonly input: RejoinMemberInput; readonly notes: EventDraft[]; readonly signal: AbortSignal },
  what: { readonly since: ReturnType<typeof stamp>; readonly rejoined: boolean },
): Promise<number> {
  const { topology, lost } = by.input;
  const markers = await followMarkers(deps, membersOf(topology), { timeoutMs: WHOLE_TIMEOUT_MS, signal: by.signal });
  const at = stamp();
  const tookMs = elapsedMs(what.since, at);
  const data = { rejoined: what.rejoined, tookMs, markers };
  by.notes.push({ what: "redundancy", type: "redundancy.restored", phase: "rejoin", target: lost.cache, at, data });
  return tookMs;
}
