import { Redis } from "ioredis";
import { newUlid } from "../../base/ids.ts";
import { elapsedMs, stamp, type Stamp } from "../../base/clocks.ts";
import { isAlive, type ProcessIdentity } from "../../base/processes.ts";
import { waitFor } from "../../base/waits.ts";
import { injectByHand } from "../../cli/keeper.ts";
import { findRunning } from "../../cli/supervisor/find-running.ts";
import type { Fault, FaultRecord } from "../../contracts/fault.ts";
import { labCacheListSchema, regionMemberListSchema, type LabCache } from "../../contracts/lab.ts";
import { conditionListSchema } from "../../contracts/network.ts";
import { isStopped } from "../../geocache/faults/members/process-state.ts";
import type { Stack } from "./stack.test-helper.ts";

const LEASE_MS = 5000;
/** Long enough to see a fault end too late, and by how much. */
const GONE_TIMEOUT_MS = LEASE_MS + 10_000;

/** One fault of each nature: frozen processes, a condition of the links, keys in a cache. */
export type ThreeFaults = {
  /** What the faults are done to; killing these would end them, too. */
  readonly targets: readonly ProcessIdentity[];
  /** Resolves once all are seen to be gone; how long after its lease each of them was, by name. */
  overdueMs(): Promise<Record<"frozen" | "link" | "pressure", number>>;
};

export async function injectThree(stack: Stack): Promise<ThreeFaults> {
  const frozen = await membersOf(stack, "northeurope", 2);
  const cache = await cacheNamed(stack, "cache-west");
  const [server] = (await membersOf(stack, "westeurope", 2)).filter(({ kind }) => kind === "cache");
  const inject = (fault: Fault): Promise<FaultRecord> =>
    injectByHand(stack.keeper, { id: newUlid(), fault, leaseMs: LEASE_MS });
  const pressure = await inject({ kind: "memory-pressure", cache: "cache-west", fillRatio: 0.5 });
  const slow = {
    kind: "link-latency",
    from: "edge",
    to: "westeurope",
    path: "all",
    latencyMs: 50,
    jitterMs: 0,
  } as const;
  const [link, freeze] = await Promise.all([
    inject(slow),
    inject({ kind: "region-outage", region: "northeurope", mode: "freeze" }),
  ]);
  for (const { id, state, detail } of [pressure, link, freeze]) {
    if (state !== "active") throw new Error(`fault ${id} is ${state}: ${detail}`);
  }
  const keys = (): Promise<number> => pressureKeys(cache);
  if ((await keys()) === 0 || !frozen.every(({ pid }) => isStopped(pid))) throw new Error("the faults do not hold");
  return {
    targets: [...frozen, ...(server ? [server] : [])],
    async overdueMs() {
      const [thawedAfter, openAfter, emptyAfter] = await Promise.all([
        overdue(freeze, () => frozen.every((member) => isAlive(member) && !isStopped(member.pid))),
        overdue(link, () => noCondition(stack, link.id)),
        overdue(pressure, async () => (await keys()) === 0),
      ]);
      return { frozen: thawedAfter, link: openAfter, pressure: emptyAfter };
    },
  };
}

async function overdue(fault: FaultRecord, gone: () => boolean | Promise<boolean>): Promise<number> {
  const end: Stamp = fault.leaseEndsAt;
  const what = `${fault.fault.kind} to be gone`;
  return waitFor(async () => (await gone()) && { afterMs: elapsedMs(end, stamp()) }, {
    what,
    timeoutMs: GONE_TIMEOUT_MS,
    intervalMs: 20,
  }).then(({ afterMs }) => afterMs);
}

type Member = ProcessIdentity & { readonly kind: string };

async function membersOf(stack: Stack, region: string, count: number): Promise<Member[]> {
  const path = `/lab/regions/${region}/members`;
  return waitFor(
    async () => {
      const { members } = await stack.lab.call({ method: "GET", path, answer: regionMemberListSchema });
      const found = members.flatMap((each) => (each.host === "process" ? [each] : []));
      return found.length === count && found;
    },
    { what: `${count} members of ${region} to run`, timeoutMs: 20_000 },
  );
}

async function cacheNamed(stack: Stack, name: string): Promise<LabCache> {
  const { caches } = await stack.lab.call({ method: "GET", path: "/lab/caches", answer: labCacheListSchema });
  const found = caches.find(({ cache }) => cache === name);
  if (!found) throw new Error(`there is no cache ${name}`);
  return found;
}

async function pressureKeys(cache: LabCache): Promise<number> {
  const { host, port } = cache.direct;
  const redis = new Redis({ host, port, username: cache.adminUsername, password: cache.adminPassword });
  try {
    return (await redis.keys("lifeboat:pressure:*")).length;
  } finally {
    redis.disconnect();
  }
}

/** A network that is dead has no links, and so no condition. */
async function noCondition(stack: Stack, faultId: string): Promise<boolean> {
  if (!(await findRunning(stack.home, "network"))) return true;
  const list = await stack.network.call({ method: "GET", path: "/conditions", answer: conditionListSchema });
  return !list.conditions.some(({ id }) => id === `fault-${faultId}`);
}
