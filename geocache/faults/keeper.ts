import { isDeepStrictEqual } from "node:util";
import { stamp } from "../../base/clocks.ts";
import { LifeboatError, messageOf } from "../../base/errors.ts";
import type { FaultRecord, FaultRequest } from "../../contracts/fault.ts";
import { requireRightOn, requireRightTo, targetOf, type Hold } from "./fencing.ts";
import { createInTurn } from "../network/in-turn.ts";
import { handlerOf } from "./kinds/handlers.ts";
import { leaseEnd, leaseOver } from "./lease.ts";
import { liftEntry, type LiftReason } from "./lifting.ts";
import { contextOf, type KeeperParts } from "./parts.ts";
import type { Entry } from "./store.ts";

export type Keeper = {
  inject(request: FaultRequest): Promise<FaultRecord>;
  renew(id: string, hold: Hold): Promise<FaultRecord>;
  lift(id: string, hold: Hold): Promise<FaultRecord>;
  liftAll(): Promise<FaultRecord[]>;
  /** Lifts what lapsed, was half injected, or could not be lifted before. */
  sweep(): Promise<void>;
  list(): FaultRecord[];
  get(id: string): FaultRecord;
};

/** Every fault of a home: injected only with its undo on disk, lifted when asked or when its lease ends. */
export function createKeeper(parts: KeeperParts): Keeper {
  const { store } = parts;
  const inTurn = createInTurn();
  const known = (id: string): Entry => {
    const entry = store.get(id);
    if (entry) return entry;
    throw new LifeboatError("NOT_FOUND", `no such fault: ${id}`);
  };
  const lift = (id: string, reason: LiftReason): Promise<FaultRecord> => {
    return inTurn(id, async () => liftEntry(known(id), reason, parts));
  };
  const sweepOne = async ({ record, undone }: Entry): Promise<void> => {
    if (undone || inTurn.isBusy(record.id)) return;
    if (record.state === "active" && !leaseOver(record)) return;
    await lift(record.id, reasonToSweep(record));
  };
  return {
    inject: (request) =>
      inTurn(request.id, async () => {
        const former = store.get(request.id);
        if (former) return sameRequest(former.record, request);
        requireRightOn(request.fault, request, store.seen);
        refuseOverlap(request, store.entries());
        return injectNew(request, parts);
      }),
    renew: (id, hold) =>
      inTurn(id, async () => {
        const entry = known(id);
        requireRightTo(entry.record, hold, store.seen);
        store.see(hold);
        return renewEntry(entry, hold, parts);
      }),
    async lift(id, hold) {
      requireRightTo(known(id).record, hold, store.seen);
      store.see(hold);
      return lift(id, "asked");
    },
    async liftAll() {
      const live = store.entries().filter((entry) => !entry.undone);
      return Promise.all(live.map((entry) => lift(entry.record.id, "asked")));
    },
    async sweep() {
      await Promise.all(store.entries().map(sweepOne));
    },
    list: () => store.entries().map((entry) => entry.record),
    get: (id) => known(id).record,
  };
}

function reasonToSweep(record: FaultRecord): LiftReason {
  return record.state === "active" ? "lapsed" : "half-injected";
}

/** Repeating a request injects once. @throws CONFLICT when the id stands for another fault */
function sameRequest(former: FaultRecord, request: FaultRequest): FaultRecord {
  if (former.holder === request.holder && isDeepStrictEqual(former.fault, request.fault)) return former;
  throw new LifeboatError("CONFLICT", `fault ${request.id} is another one`, { field: "id" });
}

/** Lifting one of two outages of a region would end both. @throws CONFLICT */
function refuseOverlap({ fault }: FaultRequest, entries: readonly Entry[]): void {
  if (fault.kind !== "region-outage") return;
  const other = entries.find(
    ({ record, undone }) => !undone && record.fault.kind === "region-outage" && record.fault.region === fault.region,
  );
  if (other) throw new LifeboatError("CONFLICT", `region ${fault.region} is already out by fault ${other.record.id}`);
}

async function injectNew(request: FaultRequest, parts: KeeperParts): Promise<FaultRecord> {
  const { store, world, log } = parts;
  const handler = handlerOf(request.fault);
  const undo = await handler.prepare(request.id, request.fault, world);
  const record: FaultRecord = {
    ...request,
    state: "injecting",
    leaseEndsAt: leaseEnd(request.leaseMs),
    requestedAt: stamp(),
    active: null,
    lifted: null,
    verification: [],
    detail: null,
  };
  const entry: Entry = { record, undo, goal: null, undone: false };
  store.see(request, targetOf(request.fault));
  await store.put(entry);
  const notBefore = stamp();
  try {
    const detail = await handler.inject(contextOf(entry, parts));
    const active = { ...record, state: "active" as const, active: { notBefore, notAfter: stamp() }, detail };
    await store.put({ ...(store.get(record.id) ?? entry), record: active });
    log.info({ fault: record.id, kind: request.fault.kind }, "active");
    return active;
  } catch (error) {
    log.error({ fault: record.id, error: messageOf(error) }, "not injected");
    const latest = store.get(record.id) ?? entry;
    const detailed = { ...latest, record: { ...latest.record, detail: `not injected: ${messageOf(error)}` } };
    return liftEntry(detailed, "half-injected", parts);
  }
}

async function renewEntry(entry: Entry, hold: Hold, parts: KeeperParts): Promise<FaultRecord> {
  if (entry.record.state !== "active" || leaseOver(entry.record)) {
    throw new LifeboatError("CONFLICT", `fault ${entry.record.id} is ${entry.record.state} and cannot be renewed`);
  }
  const record = { ...entry.record, ...hold, leaseEndsAt: leaseEnd(entry.record.leaseMs) };
  await handlerOf(record.fault).renew(contextOf({ ...entry, record }, parts));
  await parts.store.put({ ...entry, record });
  return record;
}
