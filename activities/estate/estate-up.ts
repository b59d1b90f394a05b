import { z } from "zod";
import { regionSchema } from "../../contracts/lab.ts";
import { waitFor } from "../../base/waits.ts";
import { tokenSchema } from "../../contracts/fault.ts";
import { groupRoutingTable } from "../../scenarios/group.ts";
import { pairOf, routingTableFor } from "../../scenarios/pair.ts";
import type { ActivityDeps } from "../deps.ts";
import { applications, forgetApplications } from "./applications.ts";
import { caches } from "./caches.ts";
import { clientCredentials, forgetClientCredentials } from "./client-credentials.ts";
import type { EstatePlan } from "./estate-plan.ts";
import { group } from "./group.ts";
import { drain, reroute } from "./routing.ts";

/** The holder's fencing token from the keeper: the same at every call. */
export async function fencingTokenOf(deps: ActivityDeps, holder: string): Promise<number> {
  return askForToken(deps, { holder });
}

/** A new token for the holder: whatever still acts with its old one is refused from now on. */
export async function takeOverToken(deps: ActivityDeps, holder: string): Promise<number> {
  return askForToken(deps, { holder, takeOver: true });
}

async function askForToken(deps: ActivityDeps, body: { holder: string; takeOver?: true }): Promise<number> {
  const { fencingToken } = await deps.keeper.call({ method: "POST", path: "/tokens", body, answer: tokenSchema });
  return fencingToken;
}

/**
 * Brings up a scenario's regions, caches, link, applications and first routing table. What is there already stays;
 * ends when users are served. @throws TIMED_OUT, UNAVAILABLE
 */
export async function estateUp(deps: ActivityDeps, plan: EstatePlan, fencingToken: number): Promise<void> {
  const { topology } = plan;
  for (const { name, wanLatencyMs } of topology.regions) {
    await deps.lab.call({ method: "PUT", path: `/lab/regions/${name}`, body: { wanLatencyMs }, answer: regionSchema });
  }
  if (topology.kind === "active-group") await group(deps, topology);
  else await caches(deps, topology);
  await clientCredentials(deps, topology);
  await applications(deps, topology);
  const table =
    topology.kind === "active-group" ? groupRoutingTable(topology) : routingTableFor(topology, pairOf(topology));
  await waitFor(() => reroute(deps, fencingToken, table), {
    what: "the applications to take their routing table",
    timeoutMs: 20_000,
    intervalMs: 200,
  });
  await drain(deps, fencingToken, false);
}

/** Removes every cache, workload, link and region of the lab. Repeating it changes nothing. */
export async function estateDown(deps: ActivityDeps): Promise<void> {
  await forgetApplications(deps);
  await forgetClientCredentials(deps);
  await deps.lab.call({ method: "DELETE", path: "/lab/estate", answer: z.unknown(), timeoutMs: 60_000 });
}
