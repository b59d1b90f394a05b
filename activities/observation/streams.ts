import type { SessionSpec, StreamSpec } from "../../contracts/observer.ts";
import type { WriterSpec } from "../../contracts/ledger.ts";
import { USER_REGION_HEADER } from "../../contracts/routing.ts";
import type { Scenario } from "../../scenarios/schema.ts";
import type { RedisLogin } from "../clients/redis-client.ts";

const operations = ["read", "write"] as const;

/** The stream that says what users of a region feel. */
export function serviceStreamName(region: string, op: "read" | "write"): string {
  return `service.${region}.${op}`;
}

/** Users of each region knock at the front door, read and write apart; one thread per region. */
export function serviceGroups(scenario: Scenario, frontDoorUrl: string): SessionSpec["groups"] {
  return scenario.topology.regions.map(({ name }) => ({
    name,
    streams: operations.map((op) => serviceStream(scenario, { region: name, op }, frontDoorUrl)),
  }));
}

function serviceStream(
  scenario: Scenario,
  who: { readonly region: string; readonly op: "read" | "write" },
  frontDoorUrl: string,
): StreamSpec {
  const { probes, objectives } = scenario;
  const named = objectives.some((one) => one.metric === "rto" && one.region === who.region && one.op === who.op);
  return {
    name: serviceStreamName(who.region, who.op),
    ...who,
    target: {
      kind: "service",
      url: new URL("/probe", frontDoorUrl).href,
      method: who.op === "read" ? "GET" : "PUT",
      headers: { [USER_REGION_HEADER]: who.region },
    },
    intervalMs: named ? probes.objectiveIntervalMs : probes.otherIntervalMs,
    timeoutMs: probes.timeoutMs,
  };
}

export type CacheView = { readonly region: string; readonly cache: string; readonly login: RedisLogin };

/** From each region to each cache: tells which cache an outage of the service came from. */
export function cacheGroup(scenario: Scenario, views: readonly CacheView[]): SessionSpec["groups"][number] {
  const { otherIntervalMs, timeoutMs } = scenario.probes;
  const streams = views.map(({ region, cache, login }): StreamSpec => ({
    name: `cache.${region}.${cache}.read`,
    region,
    op: "read",
    target: { kind: "cache", cache, ...login },
    intervalMs: otherIntervalMs,
    timeoutMs,
  }));
  return { name: "caches", streams };
}

/** Writers of each region enter by the front door as its users do. */
export function writers(scenario: Scenario, frontDoorUrl: string): WriterSpec[] {
  const { writersPerRegion, ratePerSecond } = scenario.ledger;
  const base = new URL(frontDoorUrl).origin;
  return scenario.topology.regions.flatMap(({ name: region }) =>
    Array.from({ length: writersPerRegion }, (_, index) => ({
      name: `${region.slice(0, 30)}-w${index + 1}`,
      region,
      url: `${base}/ledger/{writer}/{seq}?token={token}`,
      headers: { [USER_REGION_HEADER]: region },
      ratePerSecond,
      timeoutMs: 2000,
    })),
  );
}
