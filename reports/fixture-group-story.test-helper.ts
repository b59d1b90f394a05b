import { at, sha } from "./fixture-clock.test-helper.ts";
import { groupMembers, GROUP_TIMES } from "./fixture-group-series.test-helper.ts";
import type { Said } from "./fixture-story.test-helper.ts";

type Told = readonly [atMs: number, said: Said];

const { faultMs, decidedMs, unlinkMs, unlinkedMs, liftedMs, rejoinedMs, lengthMs } = GROUP_TIMES;

function databaseId(cache: string): string {
  return `/subscriptions/s/resourceGroups/rg-shop/providers/Microsoft.Cache/redisEnterprise/${cache}/databases/default`;
}

type Seen = { readonly epoch: number; readonly members: readonly string[] };

/** What one member shows of itself and of the group; null: it cannot be asked. */
function view(cache: string, seen: Seen | null): Record<string, unknown> {
  const linked = (seen?.members ?? [cache]).map((member) => ({ id: databaseId(member), state: "Linked" }));
  const arm = {
    id: databaseId(cache),
    provisioningState: "Succeeded",
    geoReplication: { groupNickname: "shop", linkedDatabases: linked },
  };
  const own =
    seen === null
      ? { unreachable: true }
      : {
          member: cache,
          origin: `${cache}/1`,
          phase: "open",
          detail: null,
          usedMemoryBytes: 10_000_000 + seen.epoch,
          ...seen,
        };
  return { cache, raw: { arm, own } };
}

const all = groupMembers.map(({ cache }) => cache);
const survivors = all.slice(1);

function membership(kind: "before" | "after", change: string, seen: (cache: string) => Seen | null): Said {
  const views = all.map((cache) => view(cache, seen(cache)));
  return { type: `membership.${kind}`, phase: "act", target: "shop", data: { change, views } };
}

function command(operation: string, target: string, spanMs: readonly [number, number]): Told {
  const data = {
    operation,
    outcome: "ok",
    request: { ids: [databaseId(target)], destructive: true },
    startedAt: at(spanMs[0]),
    endedAt: at(spanMs[1]),
  };
  return [spanMs[1], { type: "command.done", phase: "act", target, data }];
}

function move(n: number, atMs: number, way: { users: string; from: string; to: string; reason: string }): Told {
  const told = { n, version: 1, ...way, at: at(atMs) };
  return [atMs, { type: "routing.changed", phase: "detect", target: way.users, data: { version: 1, move: told } }];
}

function outage(state: "active" | "lifted"): Record<string, unknown> {
  return {
    id: "outage-1",
    holder: "drill-group",
    fencingToken: 3,
    state,
    leaseMs: 15_000,
    fault: { kind: "region-outage", region: "westeurope", mode: "isolate" },
    leaseEndsAt: at(liftedMs + 5000),
    requestedAt: at(faultMs - 40),
    detail: null,
    active: { notBefore: at(faultMs), notAfter: at(faultMs + 12) },
    lifted: state === "lifted" ? { notBefore: at(liftedMs), notAfter: at(liftedMs + 20) } : null,
    verification: [{ what: "every link of westeurope passes again", holds: true }],
  };
}

function comparison(atMs: number): Said {
  const members = all.map((cache) => ({ cache, keys: 5003, elements: 9127, snapshotBytes: 611_000, at: at(atMs) }));
  const span = { startedAt: at(atMs - 800), endedAt: at(atMs) };
  const found = { equal: true, members, differenceCount: 0, differences: [], ...span };
  return { type: "comparison.done", phase: "validate", target: "shop", data: { comparison: found, label: "healed" } };
}

export function groupStory(): readonly Told[] {
  const whole: Seen = { epoch: 4, members: all };
  const without: Seen = { epoch: 5, members: survivors };
  const isLost = (cache: string): boolean => cache === "cache-west";
  const known = { by: "person", who: "olga", owner: "olga", destructive: true, afterMs: 900 };
  const away = { users: "westeurope", from: "westeurope", to: "northeurope", reason: "app-westeurope did not answer" };
  const home = { users: "westeurope", from: "northeurope", to: "westeurope", reason: "westeurope is nearer" };
  return [
    [0, { type: "run.opened", data: { scenario: "force-unlink", planSha256: sha("plan"), kind: "rehearsal" } }],
    [faultMs + 12, { type: "fault.active", phase: "fault", data: { record: outage("active") } }],
    move(1, faultMs + 900, away),
    [faultMs + 3000, { type: "alarm.raised", phase: "detect", target: "cache-west", data: { stream: "group.shop" } }],
    [
      decidedMs - 900,
      { type: "approval.requested", phase: "decide", target: "force-unlink", data: { role: "approver" } },
    ],
    [
      decidedMs - 10,
      {
        type: "approval.given",
        phase: "decide",
        target: "force-unlink",
        actor: { kind: "human", id: "olga" },
        data: { role: "approver", planSha256: sha("plan") },
      },
    ],
    [
      decidedMs,
      { type: "decision.taken", phase: "decide", data: { ...known, headroomRatio: 0.32, minutesToOom: 0.53 } },
    ],
    [unlinkMs - 10, membership("before", "forceUnlink cache-west", (cache) => (isLost(cache) ? null : whole))],
    command("forceUnlink", "cache-west", [unlinkMs, unlinkMs + 400]),
    command("await-unlinked", "cache-west", [unlinkMs + 400, unlinkedMs]),
    [unlinkedMs + 10, membership("after", "forceUnlink cache-west", (cache) => (isLost(cache) ? null : without))],
    [liftedMs + 20, { type: "fault.lifted", phase: "heal", data: { record: outage("lifted") } }],
    [liftedMs + 900, membership("before", "create cache-west", (cache) => (isLost(cache) ? whole : without))],
    [rejoinedMs - 100, membership("after", "create cache-west", () => ({ epoch: 6, members: all }))],
    [rejoinedMs, { type: "redundancy.restored", phase: "rejoin", target: "cache-west", data: { rejoined: true } }],
    move(2, rejoinedMs + 1200, home),
    [rejoinedMs + 5000, comparison(rejoinedMs + 5000)],
    [lengthMs - 200, { type: "run.closed", data: { ending: "completed" } }],
  ];
}
