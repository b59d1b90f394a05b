import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { errorCatalogue, LifeboatError } from "../../base/errors.ts";
import { parseInput } from "../../base/http-server.ts";
import { waitFor } from "../../base/waits.ts";
import { NOT_WRITTEN_HEADER, type AppConfig } from "../../contracts/app.ts";
import { instanceRoutingSchema, type InstanceRouting } from "../../contracts/front-door.ts";
import { servedByHeaders } from "../../contracts/routing.ts";
import type { Caches } from "./caches.ts";
import type { RoutingFollower } from "./routing-follower.ts";

const CONNECT_WAIT_MS = 300;
const MISDIRECTED = 421;

declare module "fastify" {
  interface FastifyRequest {
    /** The cache that serves this request; empty for paths that need none. */
    cacheName: string;
  }
}

type RoutingParts = { readonly config: AppConfig; readonly follower: RoutingFollower; readonly caches: Caches };

/** `PUT /instance/routing`, and the check that every other request meets an instance that knows its version. */
export function addRouting(api: FastifyInstance, parts: RoutingParts): void {
  api.decorateRequest("cacheName", "");
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
  api.addHook("preHandler", (request, reply) => admit(parts, request, reply));
}

/** Connecting before the switch is confirmed keeps that time out of what users feel after it. */
async function connected(caches: Caches, cache: string): Promise<boolean> {
  const held = waitFor(() => caches.isConnected(cache), { what: cache, timeoutMs: CONNECT_WAIT_MS, intervalMs: 5 });
  return held.catch(() => false);
}

async function admit(parts: RoutingParts, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  if (request.url === "/health" || request.url.startsWith("/instance/")) return;
  void reply.header(servedByHeaders.region, parts.config.region);
  const wanted = request.headers[servedByHeaders.routingVersion];
  const routing = wanted === undefined ? parts.follower.current() : await parts.follower.forVersion(Number(wanted));
  if (!routing) return refuseStale(parts.follower.current(), reply);
  const cache = routing.table.caches[parts.config.region];
  void reply.header(servedByHeaders.routingVersion, String(routing.version));
  if (cache === undefined) {
    void reply.header(NOT_WRITTEN_HEADER, "1");
    throw new LifeboatError("UNAVAILABLE", `table ${routing.version} gives region ${parts.config.region} no cache`);
  }
  void reply.header(servedByHeaders.cache, cache);
  request.cacheName = cache;
}

function refuseStale(current: InstanceRouting | undefined, reply: FastifyReply): FastifyReply {
  void reply.header(NOT_WRITTEN_HEADER, "1");
  if (!current) {
    return reply.status(errorCatalogue.UNAVAILABLE.httpStatus).send({
      error: { code: "UNAVAILABLE", message: "this instance knows no routing table yet" },
    });
  }
  void reply.header(servedByHeaders.routingVersion, String(current.version));
  return reply.status(MISDIRECTED).send({
    error: { code: "CONFLICT", message: `this instance serves routing version ${current.version}` },
  });
}
