import type { EventInput, DrillEvent } from "../../events.ts";
import type { GroupSample, SignalSample } from "../../../contracts/signals.ts";
import type { SignalsFile } from "../../raw-files.ts";
import { at } from "../../sealed-bundle.fixture.test-helper.ts";

/** Raw material of a group's drill, on a clock that begins with the run. */

export const MAX_BYTES = 100_000_000;
const INTERVAL_MS = 200;

type View = NonNullable<GroupSample["members"][number]["view"]>;
/** What is out of the ordinary of a member at an instant; null: it cannot be asked. */
type Changes = Partial<View> | null;
export type Course = Readonly<Record<string, (atMs: number) => Changes>>;

function viewAt(member: string, atMs: number, changes: Partial<View> = {}): View {
  return {
    origin: `${member}/1`,
    phase: "open",
    detail: null,
    epoch: 1,
    members: ["east", "north", "west"],
    peers: [],
    issued: 0,
    applied: [],
    conflicts: 0,
    logBytes: 0,
    usedMemoryBytes: 20_000_000,
    rssBytes: 25_000_000,
    maxmemoryBytes: MAX_BYTES,
    syncerRssBytes: 50_000_000,
    atUs: atMs * 1000,
    ...changes,
  };
}

/** Polls every 200 ms; each takes 20 ms, and the members speak in the middle of it. */
export function signalsOf(course: Course, untilMs: number, missedAtMs: readonly number[] = []): SignalsFile {
  const samples = Array.from({ length: untilMs / INTERVAL_MS + 1 }, (_, n): SignalSample => {
    const atMs = n * INTERVAL_MS;
    const taken = { sentUs: (atMs - 10) * 1000, endUs: (atMs + 10) * 1000 };
    if (missedAtMs.includes(atMs)) return { ...taken, missed: "no answer" };
    const members = Object.entries(course).map(([cache, changesAt]) => {
      const changes = changesAt(atMs);
      const view = changes && viewAt(cache, atMs, changes);
      return { cache, region: `region-${cache}`, running: view !== null, view };
    });
    return { ...taken, epoch: 1, totalLoss: false, members };
  });
  return {
    header: { schema: "lifeboat/signals/1", nickname: "boards", origin: at(0), intervalMs: INTERVAL_MS },
    samples,
  };
}

export function event(atMs: number, type: EventInput["type"], data: object = {}): DrillEvent {
  const stamp = at(atMs);
  return {
    key: `${type}:${atMs}`,
    type,
    phase: null,
    actor: { kind: "activity", id: "worker" },
    target: null,
    at: stamp,
    data: { ...data },
    seq: 0,
    prev: "0".repeat(64),
    recordedAt: stamp,
  };
}

export function faultEvents(region: string, fromMs: number, toMs: number): DrillEvent[] {
  const record = {
    id: "outage",
    holder: "drill-1",
    fencingToken: 1,
    fault: { kind: "region-outage", region, mode: "isolate" },
    state: "lifted",
    leaseMs: 15_000,
    leaseEndsAt: at(toMs),
    requestedAt: at(fromMs - 10),
    active: { notBefore: at(fromMs - 5), notAfter: at(fromMs + 5) },
    lifted: { notBefore: at(toMs - 5), notAfter: at(toMs + 5) },
    verification: [],
    detail: null,
  };
  return [event(fromMs, "fault.active", { record }), event(toMs, "fault.lifted", { record })];
}

export function unlinked(atMs: number): DrillEvent {
  const done = { operation: "forceUnlink", request: {}, outcome: "ok", startedAt: at(atMs - 100), endedAt: at(atMs) };
  return event(atMs, "command.done", done);
}

export function compared(atMs: number, differenceCount = 0, label = "after-healing"): DrillEvent {
  const members = ["east", "north", "west"].map((cache) => ({
    cache,
    keys: 10,
    elements: 100,
    snapshotBytes: 1000,
    at: at(atMs - 10),
  }));
  const shown = { east: "string 5 bytes", west: "nothing" };
  const difference = { key: Buffer.from("board:1").toString("base64"), kind: "missing" as const, shown };
  const differences = differenceCount === 0 ? [] : [difference];
  const times = { startedAt: at(atMs - 100), endedAt: at(atMs) };
  const comparison = { equal: differenceCount === 0, members, differenceCount, differences, ...times };
  return event(atMs, "comparison.done", { comparison, label });
}
