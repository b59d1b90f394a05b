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
  const { writersPerRegion } = scenario.ledger;
  return scenario.topology.regions.flatMap(({ name: region }) => {
    const writer = writerIn(scenario, region, new URL(frontDoorUrl).origin);
    const strings = Array.from({ length: writersPerRegion }, (_, index) =>
      writer(`w${index + 1}`, {
        method: "PUT",
        path: "ledger/{writer}/{seq}?token={token}",
        stores: { kind: "string" },
      }),
    );
    return scenario.topology.kind === "active-group" ? [...strings, ...sharing(writer)] : strings;
  });
}

type Written = { readonly method: "PUT" | "POST"; readonly path: string; readonly stores: WriterSpec["stores"] };
type MakeWriter = (suffix: string, written: Written) => WriterSpec;

/** In a group the regions also count in one counter and put their marks into one set: neither may lose or double any. */
function sharing(writer: MakeWriter): WriterSpec[] {
  const counter = { kind: "counter", key: "counter:ledger" } as const;
  const set = { kind: "set", key: "tags:ledger" } as const;
  return [
    writer("count", { method: "POST", path: "counter/ledger", stores: counter }),
    writer("tag", { method: "POST", path: "tags/ledger/{writer}:{seq}:{token}", stores: set }),
  ];
}

function writerIn({ ledger }: Scenario, region: string, base: string): MakeWriter {
  return (suffix, { method, path, stores }) => ({
    name: `${region.slice(0, 30)}-${suffix}`,
    region,
    url: `${base}/${path}`,
    method,
    stores,
    headers: { [USER_REGION_HEADER]: region },
    ratePerSecond: ledger.ratePerSecond,
    timeoutMs: 2000,
  });
}
