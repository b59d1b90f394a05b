import { statfs } from "node:fs/promises";
import { stamp } from "../../base/clocks.ts";
import { messageOf } from "../../base/errors.ts";
import type { Scenario } from "../../scenarios/schema.ts";
import { cacheLogin } from "../clients/cache-access.ts";
import { withRedis } from "../clients/redis-client.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill } from "../drill-types.ts";
import { isPresent, listFaults } from "../faults/keeper-calls.ts";
import { putFile } from "../recording/put-file.ts";
import { recordEvents, type EventDraft } from "../recording/record.ts";
import { environmentFiles } from "./environment.ts";
import { groupChecks } from "./group-checks.ts";
import { pairChecks, type Check } from "./pair-checks.ts";

export type PreflightInput = { readonly drill: Drill; readonly topology: Scenario["topology"] };

const LEAST_FREE_BYTES = 200 * 1024 * 1024;

/** Looks before anything is broken; each check is an event. Answers the names of those that failed. */
export async function preflight(deps: ActivityDeps, input: PreflightInput): Promise<string[]> {
  for (const file of await environmentFiles(deps)) {
    await putFile(deps, input.drill, { path: file.path, source: { kind: "text", text: file.text } });
  }
  const results = await Promise.all(checksOf(deps, input.topology).map(carryOut));
  await recordEvents(deps, input.drill, results);
  return results.filter(({ type }) => type === "check.failed").map(({ what }) => what.slice("check:".length));
}

async function carryOut(check: Check): Promise<EventDraft> {
  const base = { what: `check:${check.name}`, phase: "preflight", target: check.target } as const;
  try {
    const found = await check.look();
    return { ...base, type: "check.passed", at: stamp(), data: { check: check.name, found } };
  } catch (error) {
    return { ...base, type: "check.failed", at: stamp(), data: { check: check.name, why: messageOf(error) } };
  }
}

function checksOf(deps: ActivityDeps, topology: Scenario["topology"]): Check[] {
  const { regions, caches } = topology;
  const isWritable = (cache: string): boolean => topology.kind === "active-group" || cache === topology.primary;
  return [
    { name: "no-fault-present", target: "keeper", look: () => noFault(deps) },
    ...(topology.kind === "active-group" ? groupChecks(deps, topology) : pairChecks(deps, topology)),
    { name: "disk-space", target: "host", look: () => diskSpace(deps) },
    ...regions.flatMap((region) =>
      caches.map((cache) => ({
        name: `reach:${region.name}:${cache.name}`,
        target: cache.name,
        look: () => reach(deps, region.name, { cache: cache.name, writable: isWritable(cache.name) }),
      })),
    ),
  ];
}

async function noFault(deps: ActivityDeps): Promise<number> {
  const present = (await listFaults(deps)).filter(isPresent);
  if (present.length > 0) throw new Error(`faults are present: ${present.map(({ id }) => id).join(", ")}`);
  return 0;
}

async function diskSpace(deps: ActivityDeps): Promise<{ freeBytes: number }> {
  const disk = await statfs(deps.home);
  const freeBytes = disk.bavail * disk.bsize;
  if (freeBytes < LEAST_FREE_BYTES) throw new Error(`${freeBytes} bytes are free, ${LEAST_FREE_BYTES} are needed`);
  return { freeBytes };
}

/** The way an application goes: TCP, AUTH, PING, then SET and GET where writes are allowed (P13). */
async function reach(
  deps: ActivityDeps,
  from: string,
  what: { readonly cache: string; readonly writable: boolean },
): Promise<string[]> {
  const login = await cacheLogin(deps, from, what.cache);
  return withRedis(login, async (redis) => {
    await redis.ping();
    if (!what.writable) return ["AUTH", "PING"];
    // Of its own for each pair: members of a group write at the same time, and would remove each other's.
    const key = `lifeboat:preflight:${from}:${what.cache}`;
    await redis.set(key, "1");
    if ((await redis.get(key)) !== "1") throw new Error("a value written was not read back");
    await redis.del(key);
    return ["AUTH", "PING", "SET", "GET"];
  });
}
