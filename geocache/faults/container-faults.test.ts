import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { elapsedMs, monoNs, stamp } from "../../base/clocks.ts";
import { newSecret } from "../../base/ids.ts";
import { waitFor } from "../../base/waits.ts";
import type { BoundedInstant } from "../../contracts/stamps.ts";
import { linkSchema } from "../../contracts/network.ts";
import { whyNotRun } from "../../test/containers.test-helper.ts";
import { answersPing, withAdmin, type AdminTarget } from "../hosts/admin-connection.ts";
import { removeContainers } from "../hosts/cache-containers.ts";
import { createContainerHost } from "../hosts/container-host.ts";
import { removeLeftoverContainers } from "../hosts/leftover-containers.ts";
import { createContainers } from "./members/containers.ts";
import { createTestHome, endNow, type TestHome } from "./test-lab.ts";

const freeze = { kind: "region-outage", region: "eu", mode: "freeze" } as const;
const kill = { kind: "region-outage", region: "eu", mode: "kill" } as const;
const MAXMEMORY_BYTES = 20 * 1024 * 1024;
const containers = createContainers();
const notRun = await whyNotRun();

let lab: TestHome;
let id: string;
let cache: AdminTarget;

/** A region with one cache, in a container. */
async function startCache(): Promise<void> {
  const secrets = { adminPassword: newSecret(), clientPassword: newSecret(), replicationPassword: newSecret() };
  const spec = { name: "c1", region: "eu", maxmemoryBytes: MAXMEMORY_BYTES, secrets };
  const { identity, direct } = await createContainerHost(lab.home).start(spec);
  if (identity.host !== "container") throw new Error("not a container");
  id = identity.containerId;
  cache = { endpoint: direct, password: secrets.adminPassword };
  lab.members.push({ ...identity, kind: "cache", name: "c1" });
  lab.caches.push({
    cache: "c1",
    region: "eu",
    resourceId: "/c1",
    host: "container",
    role: "standalone",
    running: true,
    direct,
    adminUsername: "admin",
    adminPassword: secrets.adminPassword,
    maxmemoryBytes: MAXMEMORY_BYTES,
  });
}

async function connectTo(target: { readonly host: string; readonly port: number }): Promise<Socket> {
  const socket = createConnection(target.port, target.host).setNoDelay(true);
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

type Witness = { readonly lastAnsweredSentNs: () => bigint; readonly stop: () => void };

/** One PING after the other; the default user is off, so that the answer is an error, which is an answer. */
async function startWitness(): Promise<Witness> {
  const socket = await connectTo(cache.endpoint);
  let sentNs = monoNs();
  let lastAnsweredSentNs = 0n;
  const send = (): void => {
    sentNs = monoNs();
    socket.write("PING\r\n");
  };
  socket.on("data", () => {
    lastAnsweredSentNs = sentNs;
    setImmediate(send);
  });
  send();
  return { lastAnsweredSentNs: () => lastAnsweredSentNs, stop: () => socket.destroy() };
}

function expectBetween(instantNs: bigint, bounds: BoundedInstant | null): void {
  expect(instantNs >= BigInt(bounds?.notBefore.monoNs ?? -1), "not before the bounds").toBe(true);
  expect(instantNs <= BigInt(bounds?.notAfter.monoNs ?? -1), "not after the bounds").toBe(true);
}

describe.skipIf(notRun !== "")(`faults on a cache in a container${notRun}`, () => {
  beforeEach(async () => {
    lab = await createTestHome();
    await startCache();
  });
  afterEach(async () => {
    await removeLeftoverContainers(lab.home);
    await lab.end();
  });

  it.each([
    { fault: freeze, during: "paused", after: "running" },
    { fault: kill, during: "gone", after: "gone" },
  ] as const)(
    "$fault.mode begins within its stamped bounds, as a witness sees it",
    async ({ fault, during, after }) => {
      await lab.start("keeper");
      const witness = await startWitness();
      const record = await lab.inject("f1", fault);
      expect(await containers.stateOf(id)).toBe(during);
      expectBetween(witness.lastAnsweredSentNs(), record.active);
      witness.stop();
      const lifted = await lab.lift("f1");
      const frozenNoMore = { running: "cache c1 is running", gone: "cache c1 is gone" }[after];
      expect(lifted).toMatchObject({ state: "lifted", verification: [{ what: frozenNoMore, holds: true }] });
      expect(await containers.stateOf(id)).toBe(after);
    },
  );

  it("a freeze loses nothing and ends for the connections that were open", async () => {
    await lab.start("keeper");
    await withAdmin(cache, 20_000, async (redis) => {
      await redis.set("kept", "1");
      await lab.inject("f1", freeze);
      const answer = redis.get("kept");
      await lab.lift("f1");
      expect(await answer).toBe("1");
    });
  });

  it("a freeze is over within its lease and a second when the keeper was killed and nobody starts it again", async () => {
    const keeper = await lab.start("keeper");
    const { leaseEndsAt } = await lab.inject("f1", freeze, { leaseMs: 4000 });
    endNow(keeper);
    expect(await containers.stateOf(id)).toBe("paused");
    await waitFor(() => answersPing(cache, 500), { what: "the cache to answer", timeoutMs: 8000, intervalMs: 10 });
    expect(elapsedMs(leaseEndsAt, stamp())).toBeGreaterThan(0);
    expect(elapsedMs(leaseEndsAt, stamp())).toBeLessThan(1000);
  });

  it("a freeze is lifted in peace when the container was removed meanwhile", async () => {
    await lab.start("keeper");
    await lab.inject("f1", freeze);
    await removeLeftoverContainers(lab.home);
    expect((await lab.lift("f1")).verification).toEqual([{ what: "cache c1 is gone", holds: true }]);
  });

  it("isolation silences the links and leaves the cache alive", async () => {
    await lab.start("network");
    await lab.start("keeper");
    const body = { id: "l1", from: "edge", to: "eu", path: "clients", target: cache.endpoint, baseLatencyMs: 0 };
    const link = await lab.network.call({ method: "PUT", path: "/links/l1", body, answer: linkSchema });
    const through = { ...cache, endpoint: link.endpoint };
    await lab.inject("f1", { kind: "region-outage", region: "eu", mode: "isolate" });
    await expect(answersPing(through, 300)).rejects.toThrow("took longer than 300 ms");
    expect(await answersPing(cache, 1000)).toBe(true);
    expect((await lab.lift("f1")).state).toBe("lifted");
    expect(await answersPing(through, 2000)).toBe(true);
  });

  it("memory pressure fills it with keys of its own and takes exactly those away", async () => {
    await lab.start("keeper");
    await withAdmin(cache, 30_000, async (redis) => {
      await redis.set("kept", "1");
      await lab.inject("m1", { kind: "memory-pressure", cache: "c1", fillRatio: 0.9 });
      const usedBytes = Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1]);
      expect(usedBytes).toBeGreaterThanOrEqual(0.9 * MAXMEMORY_BYTES);
      expect((await lab.lift("m1")).state).toBe("lifted");
      expect(await redis.keys("*")).toEqual(["kept"]);
    });
  });

  it("memory pressure on a container that was removed meanwhile is lifted: its keys went with it", async () => {
    await lab.start("keeper");
    await lab.inject("m1", { kind: "memory-pressure", cache: "c1", fillRatio: 0.5 });
    await removeContainers(lab.home);
    expect((await lab.lift("m1")).state).toBe("lifted");
  });
});
