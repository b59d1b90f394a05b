import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stamp } from "../../base/clocks.ts";
import { LifeboatError } from "../../base/errors.ts";
import { faultRequestSchema, type FaultRecord } from "../../contracts/fault.ts";
import { depsWith, drill, startRecorderStub, startStub, type Stub } from "../deps.test-helper.ts";
import type { ActivityDeps } from "../deps.ts";
import { holdFault } from "./hold-fault.ts";
import { injectFault } from "./inject-fault.ts";
import { liftAllFaults, liftFault } from "./lift-fault.ts";

const fault = { kind: "region-outage", region: "west", mode: "kill" } as const;
const input = { drill, faultId: "d1-outage", fault, leaseMs: 1000 };

/** A keeper over HTTP that does as the contract says; a test may change its records behind its back. */
let records: Map<string, FaultRecord>;
let injected: number;
let renewals: number;
let refuseRenewal: LifeboatError | null;
let deps: ActivityDeps;
let events: Map<string, Record<string, unknown>>;
let stubs: Stub[];

beforeEach(async () => {
  records = new Map();
  injected = 0;
  renewals = 0;
  refuseRenewal = null;
  const keeper = await startStub((api) => {
    api.post("/faults", (request) => {
      const asked = faultRequestSchema.parse(request.body);
      const known = records.get(asked.id);
      if (known) return known;
      injected += 1;
      const record = recordOf(asked);
      records.set(asked.id, record);
      // As with the real one, the first answer may come before the fault holds.
      return { ...record, state: "injecting", active: null };
    });
    api.get("/faults", () => ({ faults: [...records.values()] }));
    api.post("/faults/:id/renew", (request) => {
      renewals += 1;
      if (refuseRenewal) throw refuseRenewal;
      return records.get((request.params as { id: string }).id);
    });
    api.delete("/faults/:id", (request) => change((request.params as { id: string }).id, { state: "lifted" }));
  });
  const recorder = await startRecorderStub();
  stubs = [keeper, recorder];
  events = recorder.events;
  deps = depsWith({ keeper: keeper.client, recorder: recorder.client });
});
afterEach(async () => {
  await Promise.all(stubs.map((stub) => stub.close()));
});

function recordOf(asked: Pick<FaultRecord, "id" | "holder" | "fencingToken" | "fault" | "leaseMs">): FaultRecord {
  const now = stamp();
  const active = { notBefore: now, notAfter: now };
  const rest = { leaseEndsAt: now, requestedAt: now, active, lifted: null, verification: [], detail: null };
  return { ...asked, state: "active", ...rest };
}

function change(id: string, what: Partial<FaultRecord>): FaultRecord {
  const record = records.get(id);
  if (!record) throw new LifeboatError("NOT_FOUND", `no fault ${id}`);
  const now = stamp();
  const lifted = what.state === "lifted" || what.state === "lapsed" ? { notBefore: now, notAfter: now } : null;
  const changed = { ...record, lifted, ...what };
  records.set(id, changed);
  return changed;
}

function told(): string[] {
  return [...events.keys()].map((key) => key.replace("d1:", ""));
}

describe("injecting a fault", () => {
  it("is told before it happens, answers when nothing was broken yet, and happens once however often it is asked", async () => {
    const since = await injectFault(deps, input);
    expect(await injectFault(deps, input)).toEqual(since);
    expect(since).toEqual(records.get("d1-outage")?.active?.notBefore);
    expect(injected).toBe(1);
    expect(told()).toEqual(["d1-outage:requested", "d1-outage:fault.active"]);
  });

  it("does not break anything anew when the fault is over already", async () => {
    await injectFault(deps, input);
    change("d1-outage", { state: "lapsed" });
    await expect(injectFault(deps, input)).rejects.toMatchObject({ code: "INTERNAL" });
    expect(injected).toBe(1);
    expect(told()).toContain("d1-outage:fault.failed");
  });
});

describe("holding a fault", () => {
  it("renews its lease more than once per lease until it is cancelled", async () => {
    await injectFault(deps, input);
    const cancelled = AbortSignal.timeout(1300);
    await expect(holdFault(deps, input, cancelled)).rejects.toMatchObject({ name: "AbortError" });
    expect(renewals).toBeGreaterThanOrEqual(3);
  });

  it("that lapsed is an event", async () => {
    await injectFault(deps, input);
    change("d1-outage", { state: "lapsed" });
    await holdFault(deps, input, AbortSignal.timeout(5000));
    expect(told()).toContain("d1-outage:lapsed");
  });

  it("gives up when somebody newer has taken over, and only then", async () => {
    await injectFault(deps, input);
    refuseRenewal = new LifeboatError("UNAVAILABLE", "busy");
    await expect(holdFault(deps, input, AbortSignal.timeout(700))).rejects.toMatchObject({ name: "AbortError" });
    refuseRenewal = new LifeboatError("STALE_TOKEN", "replaced");
    await expect(holdFault(deps, input, AbortSignal.timeout(5000))).rejects.toMatchObject({ code: "STALE_TOKEN" });
  });
});

describe("lifting a fault", () => {
  it("is safe when nothing was injected", async () => {
    await liftFault(deps, input);
    expect(told()).toEqual([]);
  });

  it("may be repeated and is told once", async () => {
    await injectFault(deps, input);
    await liftFault(deps, input);
    await liftFault(deps, input);
    expect(records.get("d1-outage")?.state).toBe("lifted");
    expect(told().filter((what) => what.includes("lifted"))).toHaveLength(1);
  });

  it("fails loudly when the world is not as before", async () => {
    await injectFault(deps, input);
    change("d1-outage", { state: "lifted", verification: [{ what: "cache-west runs", holds: false }] });
    await expect(liftFault(deps, input)).rejects.toThrow("cache-west runs");
  });

  it("waits while the keeper goes on trying, and tells that it succeeded late", async () => {
    await injectFault(deps, input);
    change("d1-outage", { state: "failed", detail: "no Docker engine answers" });
    const lifting = liftFault(deps, input);
    await sleep(150);
    change("d1-outage", { state: "lifted" });
    await lifting;
    expect(told()).toContain("d1-outage:fault.lifted:heal");
    expect(told()).not.toContain("d1-outage:fault.failed:heal");
  });

  it.each(["failed", "lifting"] as const)(
    "gives up on one that stays %s, and never tells that it was lifted",
    async (state) => {
      await injectFault(deps, input);
      change("d1-outage", { state: "failed", detail: "no Docker engine answers" });
      const lifting = liftFault(deps, input, 500);
      await sleep(150);
      change("d1-outage", { state });
      await expect(lifting).rejects.toMatchObject({
        code: "TIMED_OUT",
        message: expect.stringContaining("no Docker engine answers"),
      });
      expect(told()).toContain("d1-outage:fault.failed:heal");
      expect(told()).not.toContain("d1-outage:fault.lifted:heal");
    },
  );

  it("is done with one that could not be injected once what was broken is undone", async () => {
    await injectFault(deps, input);
    const now = stamp();
    change("d1-outage", { state: "failed", lifted: { notBefore: now, notAfter: now } });
    await liftFault(deps, input);
    expect(told()).toContain("d1-outage:fault.failed:heal");
  });

  it("of a whole drill leaves what others hold", async () => {
    await injectFault(deps, input);
    records.set("other", { ...recordOf({ ...input, id: "other", holder: "d2", fencingToken: 9 }) });
    await liftAllFaults(deps, drill);
    expect([...records.values()].map(({ state }) => state)).toEqual(["lifted", "active"]);
  });
});
