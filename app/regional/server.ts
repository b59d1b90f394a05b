import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { createApiClient } from "../../base/http-client.ts";
import type { Logger } from "../../base/log.ts";
import type { AppConfig } from "../../contracts/app.ts";
import type { InstanceRouting } from "../../contracts/front-door.ts";
import { routingStateSchema } from "../../contracts/routing.ts";
import { createMixedApi } from "../mixed-api.ts";
import { createCaches } from "./caches.ts";
import { createRoutingFollower, type RoutingFollower } from "./routing-follower.ts";
import { addRouting } from "./routing-routes.ts";
import { userServer } from "./users.ts";

const FETCH_TIMEOUT_MS = 1000;
const FETCH_RETRY_MS = 250;
/** Longer than the front door keeps idle connections, so that it is never this side that closes one under a request. */
const KEEP_ALIVE_MS = 60_000;

export type RegionalApp = { readonly api: FastifyInstance; close(): Promise<void> };

/** One regional application. Only its front door may call it: every path but `/health` wants the routing token. */
export function createRegionalApp(config: AppConfig, log: Logger): RegionalApp {
  const caches = createCaches(config.caches, log);
  const follower = createRoutingFollower({
    fetchCurrent: () => fetchRouting(config),
    changed: () => caches.use(cachesOf(follower, config.region)),
  });
  const parts = { config, follower, caches };
  const { api, closeUserConnections } = createMixedApi({
    token: config.routingToken,
    idleMs: KEEP_ALIVE_MS,
    isControl: (url) => url === "/health" || url.startsWith("/instance/"),
    serve: userServer(parts),
  });
  addRouting(api, parts);
  const stop = new AbortController();
  void fetchUntilKnown(config, follower, stop.signal);
  return {
    api,
    async close() {
      stop.abort();
      closeUserConnections();
      await api.close();
      caches.close();
    },
  };
}

function cachesOf(follower: RoutingFollower, region: string): ReadonlySet<string> {
  const names = follower.known().map((routing) => routing.table.caches[region]);
  return new Set(names.filter((name) => name !== undefined));
}

async function fetchRouting(config: AppConfig): Promise<InstanceRouting | undefined> {
  const client = createApiClient({
    url: async () => config.routingUrl,
    token: config.routingToken,
    timeoutMs: FETCH_TIMEOUT_MS,
  });
  const state = await client.call({ method: "GET", path: "/routing", answer: routingStateSchema });
  return state.version === 0 ? undefined : { version: state.version, table: state.table };
}

/** The front door may start later than this application, or have no table yet; then it is told later anyway. */
async function fetchUntilKnown(config: AppConfig, follower: RoutingFollower, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !follower.current()) {
    const fetched = await fetchRouting(config).catch(() => undefined);
    if (fetched) return follower.adopt(fetched);
    await sleep(FETCH_RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}
