import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { elapsedMs, type Stamp } from "../../base/clocks.ts";
import { waitFor } from "../../base/waits.ts";
import { routingStateSchema, type RoutingTable } from "../../contracts/routing.ts";
import type { ActivityDeps } from "../deps.ts";
import { depsWith, drill, startRecorderStub, startStub, type Stub } from "../deps.test-helper.ts";
import { redisPair as pair, startRedisPair, type RedisPair } from "../redis-pair.test-helper.ts";
import { failOver } from "./fail-over.ts";

const SETTLE_MS = 400;
const table: RoutingTable = { users: { west: "north", north: "north" }, caches: { west: "cw", north: "cn" } };
const never = new AbortController().signal;

let caches: RedisPair;
beforeAll(async () => {
  caches = await startRedisPair();
});
afterAll(() => caches.stop());

type Call = { readonly what: string; readonly atMs: number };

/** Two real caches, a front door and a lab over HTTP, and an ARM that unlinks; `calls` is what they were asked. */
async function world(): Promise<{
  deps: ActivityDeps;
  calls: Call[];
  events: Map<string, Record<string, unknown>>;
  stubs: Stub[];
}> {
  const calls: Call[] = [];
  const note = (what: string): void => void calls.push({ what, atMs: performance.now() });
  let routing = { version: 1, table: { ...table, users: { west: "west", north: "west" } } };
  let linked = true;
  const front = await startStub((api) => {
    const state = (): unknown =>
      routingStateSchema.parse({
        ...routing,
        switchedAt: null,
        instances: [],
        lastOldVersionServedAt: null,
        oldVersionInFlight: 0,
      });
    api.get("/routing", state);
    api.put("/routing", (request) => {
      note("re-route");
      routing = request.body as typeof routing;
      return state();
    });
    api.put("/drain", (request) => {
      const { draining } = request.body as { draining: boolean };
      note(draining ? "drain" : "undrain");
      return { draining, writesInFlight: 0 };
    });
  });
  const arm = {
    redis: { get: () => Promise.resolve({ name: "cw" }) },
    linkedServer: {
      async *list() {
        if (linked) yield { provisioningState: "Succeeded" };
      },
      async beginDeleteAndWait() {
        note("unlink");
        linked = false;
        await caches.cn.replicaof("NO" as never, "ONE" as never);
      },
    },
  };
  const recorder = await startRecorderStub();
  const deps = depsWith({
    lab: caches.lab.client,
    routing: front.client,
    recorder: recorder.client,
    arm: () => Promise.resolve(arm as unknown as Awaited<ReturnType<ActivityDeps["arm"]>>),
    armScope: { subscriptionId: "s", resourceGroup: "g" },
  });
  return { deps, calls, events: recorder.events, stubs: [front, recorder] };
}

beforeEach(async () => {
  await caches.cn.replicaof("127.0.0.1", caches.cw.options.port ?? 0);
  const inSync = async (): Promise<boolean> => (await caches.cn.info("replication")).includes("link_status:up");
  await waitFor(inSync, { what: "the pair to be in sync", timeoutMs: 10_000 });
});

describe("a failover", () => {
  it("unlinks, waits until the secondary takes writes, switches everybody, and says what it did", async () => {
    const { deps, calls, events, stubs } = await world();
    await failOver(deps, { drill, pair, table, settleMs: null }, never);
    expect(calls.map(({ what }) => what)).toEqual(["unlink", "re-route"]);
    await expect(caches.cn.set("x", "1")).resolves.toBe("OK");
    const done = [...events.keys()].map((key) => key.replace("d1:", ""));
    expect(done.slice(0, 3)).toEqual([
      "membership:unlink cn:before",
      "command:act:unlink",
      "command:act:await-writable",
    ]);
    expect(done).toContain("routing:2");
    expect(done.at(-1)).toBe("membership:unlink cn:after");
    await Promise.all(stubs.map((stub) => stub.close()));
  });

  it("that is planned holds writes back for at least the time it was told before it unlinks", async () => {
    const { deps, calls, events, stubs } = await world();
    await failOver(deps, { drill, pair, table, settleMs: SETTLE_MS }, never);
    const order = calls.map(({ what }) => what).filter((what, index, all) => what !== all[index - 1]);
    expect(order).toEqual(["drain", "unlink", "re-route", "undrain"]);
    const at = (what: string): number => calls.find((call) => call.what === what)?.atMs ?? 0;
    expect(at("unlink") - at("drain")).toBeGreaterThanOrEqual(SETTLE_MS);
    const held = events.get("d1:command:act:await-drained") as { data: { startedAt: Stamp; endedAt: Stamp } };
    expect(elapsedMs(held.data.startedAt, held.data.endedAt)).toBeGreaterThanOrEqual(SETTLE_MS - 1);
    await Promise.all(stubs.map((stub) => stub.close()));
  });

  it("repeated after a crash does nothing twice and keeps what was seen before", async () => {
    const { deps, calls, events, stubs } = await world();
    const input = { drill, pair, table, settleMs: 0 };
    await failOver(deps, input, never);
    const first = structuredClone(events.get("d1:membership:unlink cn:before"));
    const done = calls.length;
    await failOver(deps, input, never);
    expect(calls.slice(done).map(({ what }) => what)).toEqual(["undrain"]);
    expect(events.get("d1:membership:unlink cn:before")).toEqual(first);
    await Promise.all(stubs.map((stub) => stub.close()));
  });
});
