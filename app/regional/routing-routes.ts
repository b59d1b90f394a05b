import type { FastifyInstance } from "fastify";
import { LifeboatError } from "../../base/errors.ts";
import { parseInput } from "../../base/http-server.ts";
import type { Http1Answer, Http1Request } from "../../base/http1/server.ts";
import { waitFor } from "../../base/waits.ts";
import { NOT_WRITTEN_HEADER, type AppConfig } from "../../contracts/app.ts";
import { instanceRoutingSchema, type InstanceRouting } from "../../contracts/front-door.ts";
import { servedByHeaders } from "../../contracts/routing.ts";
import { errorAnswer } from "../answers.ts";
import { cacheHealth } from "./cache-health.ts";
import type { Caches } from "./caches.ts";
import type { RoutingFollower } from "./routing-follower.ts";

const CONNECT_WAIT_MS = 300;
const MISDIRECTED = 421;

export type RoutingParts = { readonly config: AppConfig; readonly follower: RoutingFollower; readonly caches: Caches };

/**
 * `PUT /instance/routing`: takes a table that is about to be in force, and says whether its cache is connected.
 * `GET /instance/health`: whether the cache of the table in force takes writes.
 */
export function addRouting(api: FastifyInstance, parts: RoutingParts): void {
  api.put("/instance/routing", async (request) => {
    const routing = parseInput(instanceRoutingSchema, request.body);
    const cache = routing.table.caches[parts.config.region];
    if (cache !== undefined && !(cache in parts.config.caches)) {
      throw new LifeboatError("BAD_INPUT", `${parts.config.name} has no access to cache ${cache}`, {
        field: `table.caches.${parts.config.region}`,
      });
    }
    parts.follower.prepare(routing);
    return { version: routing.version, cacheConnected: cache !== undefined && (await connected(parts.caches, cache)) };
  });
  api.get("/instance/health", () =>
    // A table that was just switched to may not have been used by any request yet.
    cacheHealth(parts.caches, parts.follower.known().at(-1)?.table.caches[parts.config.region]),
  );
}

/** Connecting before the switch is confirmed keeps that time out of what users feel after it. */
async function connected(caches: Caches, cache: string): Promise<boolean> {
  const held = waitFor(() => caches.isConnected(cache), { what: cache, timeoutMs: CONNECT_WAIT_MS, intervalMs: 5 });
  return held.catch(() => false);
}

/** A request that may be served: with its cache and the headers that say so. */
export type Admitted = { readonly cache: string; readonly headers: Readonly<Record<string, string>> };

/** Checks that a request meets an instance that knows its version, or says how it was refused. */
export async function admit(parts: RoutingParts, request: Http1Request): Promise<Admitted | Http1Answer> {
  const { follower, config } = parts;
  const wanted = request.headers.get(servedByHeaders.routingVersion);
  const current = follower.current();
  const routing =
    wanted === undefined || Number(wanted) === current?.version ? current : await follower.forVersion(Number(wanted));
  const region = { [servedByHeaders.region]: config.region };
  if (!routing) return refuseStale(follower.current(), { ...region, [NOT_WRITTEN_HEADER]: "1" });
  const cache = routing.table.caches[config.region];
  const headers = { ...region, [servedByHeaders.routingVersion]: String(routing.version) };
  if (cache !== undefined) return { cache, headers: { ...headers, [servedByHeaders.cache]: cache } };
  const message = `table ${routing.version} gives region ${config.region} no cache`;
  return errorAnswer(new LifeboatError("UNAVAILABLE", message), { ...headers, [NOT_WRITTEN_HEADER]: "1" });
}

function refuseStale(current: InstanceRouting | undefined, headers: Record<string, string>): Http1Answer {
  if (!current) {
    return errorAnswer(new LifeboatError("UNAVAILABLE", "this instance knows no routing table yet"), headers);
  }
  const message = `this instance serves routing version ${current.version}`;
  const answer = errorAnswer(new LifeboatError("CONFLICT", message), {
    ...headers,
    [servedByHeaders.routingVersion]: String(current.version),
  });
  return { ...answer, status: MISDIRECTED };
}
