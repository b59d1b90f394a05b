import path from "node:path";
import { z } from "zod";
import { APP_CONFIG_ENV, appConfigSchema } from "../../contracts/app.ts";
import { instanceListSchema } from "../../contracts/front-door.ts";
import { workloadSchema, type Workload } from "../../contracts/lab.ts";
import { writeFileAtomic } from "../../base/files.ts";
import { waitFor } from "../../base/waits.ts";
import { projectRoot } from "../../base/paths.ts";
import type { Scenario } from "../../scenarios/schema.ts";
import { cacheLogin } from "../clients/cache-access.ts";
import type { ActivityDeps } from "../deps.ts";
import { appName, appRegions } from "./estate-plan.ts";

const ORIGIN_DELAY_MS = 20;
const SERVING_TIMEOUT_MS = 30_000;

/** Starts the regional applications and makes them known to the front door. */
export async function applications(deps: ActivityDeps, topology: Scenario["topology"]): Promise<void> {
  for (const region of appRegions(topology)) await application(deps, topology, region);
}

/** One whose cache was created anew must learn the new credentials. Ends when it serves again. @throws TIMED_OUT */
export async function restartApplication(
  deps: ActivityDeps,
  topology: Scenario["topology"],
  region: string,
): Promise<void> {
  await deps.lab.call({ method: "DELETE", path: `/lab/workloads/${appName(region)}`, answer: z.unknown() });
  const { name, fromEdge } = await application(deps, topology, region);
  const health = `http://${fromEdge.host}:${fromEdge.port}/health`;
  const serves = async (): Promise<boolean> => (await fetch(health, { signal: AbortSignal.timeout(1000) })).ok;
  await waitFor(serves, { what: `${name} to serve`, timeoutMs: SERVING_TIMEOUT_MS });
}

async function application(deps: ActivityDeps, topology: Scenario["topology"], region: string): Promise<Workload> {
  const workload = await startApplication(deps, topology, region);
  await deps.routing.call({
    method: "PUT",
    path: `/instances/${workload.name}`,
    body: { region, endpoint: workload.fromEdge },
    answer: instanceListSchema,
  });
  return workload;
}

async function startApplication(deps: ActivityDeps, topology: Scenario["topology"], region: string): Promise<Workload> {
  const name = appName(region);
  const config = await writeAppConfig(deps, topology, region);
  return deps.lab.call({
    method: "PUT",
    path: `/lab/workloads/${name}`,
    body: { region, argv: [path.join(projectRoot, "app/regional/main.ts")], env: { [APP_CONFIG_ENV]: config } },
    answer: workloadSchema,
  });
}

/** The file holds passwords: only its name reaches a command line or an environment. */
async function writeAppConfig(deps: ActivityDeps, topology: Scenario["topology"], region: string): Promise<string> {
  const logins = await Promise.all(
    topology.caches.map(async ({ name }) => [name, await cacheLogin(deps, region, name)] as const),
  );
  const config = appConfigSchema.parse({
    region,
    name: appName(region),
    caches: Object.fromEntries(logins),
    routingUrl: await deps.frontDoorUrl(),
    routingToken: deps.credentials.routing,
    originDelayMs: ORIGIN_DELAY_MS,
  });
  const file = path.join(deps.home, "estate", `${appName(region)}.json`);
  await writeFileAtomic(file, JSON.stringify(config));
  return file;
}

/** Forgets the applications at the front door; without a front door there is nothing to forget. */
export async function forgetApplications(deps: ActivityDeps): Promise<void> {
  const list = await deps.routing
    .call({ method: "GET", path: "/instances", answer: instanceListSchema })
    .catch(() => undefined);
  for (const { name } of list?.instances ?? []) {
    await deps.routing.call({ method: "DELETE", path: `/instances/${name}`, answer: instanceListSchema });
  }
}
