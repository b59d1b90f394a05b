import path from "node:path";
import { z } from "zod";
import type { Scenario } from "../../scenarios/schema.ts";
import { cacheLogin } from "../clients/cache-access.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill } from "../drill-types.ts";
import { startLoad } from "../load/run-k6.ts";
import { warmUp } from "./warm-up.ts";
import { cacheGroup, serviceGroups, writers, type CacheView } from "./streams.ts";

/** The application stores the ledger's writes under it. */
export const LEDGER_KEY_PREFIX = "ledger:";
/** A drill never observes longer than this, whatever has died. */
const MAX_DURATION_MS = 4 * 3_600_000;

type RawPart = "probes" | "ledger" | "load" | "signals" | "conflicts";

/** Where raw data lies until it is handed to the recorder. */
export function observationFolder(deps: ActivityDeps, drillId: string, part: RawPart): string {
  return path.join(deps.home, "observations", drillId, part);
}

export type ObservationInput = { readonly drill: Drill; readonly scenario: Scenario };

/** Starts load and write ledger and, once the application is warm, the probes. Repeating it changes nothing. */
export async function startObservation(deps: ActivityDeps, input: ObservationInput): Promise<void> {
  const { drill, scenario } = input;
  const frontDoor = await deps.frontDoorUrl();
  await deps.ledger.call({
    method: "PUT",
    path: `/ledgers/${drill.drillId}`,
    body: {
      writers: writers(scenario, frontDoor),
      keyPrefix: LEDGER_KEY_PREFIX,
      outFolder: observationFolder(deps, drill.drillId, "ledger"),
      maxDurationMs: MAX_DURATION_MS,
    },
    answer: z.unknown(),
  });
  await startLoad({
    k6Binary: process.env["LIFEBOAT_K6"] ?? "k6",
    baseUrl: frontDoor,
    regions: scenario.topology.regions.map(({ name }) => name),
    ratePerSecond: scenario.load.ratePerSecond,
    script: scenario.load.script,
    maxDurationMs: MAX_DURATION_MS,
    outFolder: observationFolder(deps, drill.drillId, "load"),
  });
  await warmUp(frontDoor, scenario);
  if (scenario.topology.kind === "active-group") await startSignals(deps, drill, scenario.topology.nickname);
  await deps.observer.call({
    method: "PUT",
    path: `/sessions/${drill.drillId}`,
    body: {
      groups: [...serviceGroups(scenario, frontDoor), cacheGroup(scenario, await cacheViews(deps, scenario))],
      outFolder: observationFolder(deps, drill.drillId, "probes"),
      maxDurationMs: MAX_DURATION_MS,
    },
    answer: z.unknown(),
  });
}

/** What the group shows of itself from now on: memory, lag, memberships. */
async function startSignals(deps: ActivityDeps, { drillId }: Drill, nickname: string): Promise<void> {
  await deps.observer.call({
    method: "PUT",
    path: `/signals/${drillId}`,
    body: {
      nickname,
      lab: { token: deps.credentials.lab },
      outFolder: observationFolder(deps, drillId, "signals"),
      maxDurationMs: MAX_DURATION_MS,
    },
    answer: z.unknown(),
  });
}

async function cacheViews(deps: ActivityDeps, scenario: Scenario): Promise<CacheView[]> {
  const { regions, caches } = scenario.topology;
  const pairs = regions.flatMap((region) => caches.map((cache) => ({ region: region.name, cache: cache.name })));
  return Promise.all(
    pairs.map(async ({ region, cache }) => ({ region, cache, login: await cacheLogin(deps, region, cache) })),
  );
}
