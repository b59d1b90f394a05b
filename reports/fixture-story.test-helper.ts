import type { DrillEvent, EventInput } from "../evidence/events.ts";
import { at, sha } from "./fixture-clock.test-helper.ts";

function faultRecord(state: "active" | "lifted"): Record<string, unknown> {
  return {
    id: "outage-1",
    holder: "drill-fixture",
    fencingToken: 7,
    state,
    leaseMs: 15_000,
    fault: { kind: "region-outage", region: "west", mode: "freeze" },
    leaseEndsAt: at(24_000),
    requestedAt: at(9180),
    detail: null,
    active: { notBefore: at(9192), notAfter: at(9204) },
    lifted: state === "lifted" ? { notBefore: at(20_110), notAfter: at(20_131) } : null,
    verification: [{ what: "every frozen process runs again", holds: true }],
  };
}

export type Said = Partial<Omit<EventInput, "at" | "type">> & Pick<EventInput, "type">;

function cacheResource(name: string, linked: string | null, role: string): Record<string, unknown> {
  return {
    name,
    location: name.endsWith("west") ? "West Europe" : "East US",
    properties: {
      provisioningState: "Succeeded",
      sku: { name: "Premium", family: "P", capacity: 1 },
      port: 6379,
      sslPort: 6380,
      enableNonSslPort: false,
    },
    linkedServers: linked === null ? [] : [{ name: linked, serverRole: role, provisioningState: "Succeeded" }],
  };
}

function membership(kind: "before" | "after", change: string, linked: boolean): Said {
  const views = [
    { cache: "sessions-west", raw: cacheResource("sessions-west", linked ? "sessions-east" : null, "Secondary") },
    { cache: "sessions-east", raw: cacheResource("sessions-east", linked ? "sessions-west" : null, "Primary") },
  ];
  return { type: `membership.${kind}`, phase: "act", target: "sessions-west", data: { change, views } };
}

function command(operation: string, target: string, spanMs: readonly [number, number]): readonly [number, Said] {
  const data = {
    operation,
    outcome: "ok",
    request: { id: target, version: 2 },
    startedAt: at(spanMs[0]),
    endedAt: at(spanMs[1]),
  };
  return [spanMs[1], { type: "command.done", phase: "act", target, data }];
}

export function story(): readonly (readonly [number, Said])[] {
  return [
    [0, { type: "run.opened", data: { scenario: "region-outage", planSha256: sha("plan"), kind: "rehearsal" } }],
    [9180, { type: "fault.requested", phase: "fault", target: "west", data: { record: faultRecord("active") } }],
    [9204, { type: "fault.active", phase: "fault", target: "west", data: { record: faultRecord("active") } }],
    [10_270, { type: "alarm.raised", phase: "detect", data: { stream: "service.west.write", since: at(9204) } }],
    [10_300, { type: "approval.requested", phase: "decide", target: "fail over to east" }],
    [
      11_470,
      {
        type: "approval.given",
        phase: "decide",
        target: "fail over to east",
        actor: { kind: "human", id: "j.okafor" },
      },
    ],
    [
      11_475,
      { type: "decision.taken", phase: "decide", data: { by: "person", who: "j.okafor", startedAt: at(10_300) } },
    ],
    [11_490, membership("before", "unlink sessions-west from sessions-east", true)],
    command("linkedServers.delete", "sessions-east", [11_500, 11_812]),
    [11_830, membership("after", "unlink sessions-west from sessions-east", false)],
    command("routing.change", "front-door", [11_840, 11_995]),
    [12_040, { type: "service.restored", phase: "restore", target: "service.west.write" }],
    [20_131, { type: "fault.lifted", phase: "heal", target: "west", data: { record: faultRecord("lifted") } }],
    [20_950, membership("before", "link sessions-east to sessions-west", false)],
    command("linkedServers.create", "sessions-west", [21_000, 31_870]),
    [31_900, membership("after", "link sessions-east to sessions-west", true)],
    [32_000, { type: "redundancy.restored", phase: "rejoin", target: "sessions-west" }],
    [
      36_000,
      {
        type: "check.failed",
        phase: "validate",
        target: "leaderboard",
        data: { message: "12 scores differ between the caches" },
      },
    ],
    [40_900, { type: "run.closed", data: { ending: "completed" } }],
  ];
}

export function events(told: readonly (readonly [number, Said])[]): readonly DrillEvent[] {
  return told.map(([offsetMs, said], seq) => ({
    key: `${said.type}-${seq}`,
    phase: null,
    actor: { kind: "workflow", id: "runDrill" },
    target: null,
    data: {},
    ...said,
    at: at(offsetMs),
    seq,
    prev: sha(`line ${seq}`),
    recordedAt: at(offsetMs + 2),
  }));
}
