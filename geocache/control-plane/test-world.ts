import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { RedisManagementClient } from "@azure/arm-rediscache";
import { Redis } from "ioredis";
import { createLog } from "../../base/log.ts";
import { waitFor } from "../../base/waits.ts";
import type { Endpoint } from "../../contracts/endpoint.ts";
import type { CacheHost } from "../hosts/cache-host.ts";
import { serveArm } from "./arm/server.ts";
import { caFile } from "./certificates.ts";
import { createControlPlane, type ControlPlane } from "./control-plane.ts";
import type { EnterpriseProfile } from "./groups/profiles.ts";
import type { Network } from "./network.ts";
import { openTestNetwork, type TestNetwork } from "./test-network.ts";

export const SUBSCRIPTION = "00000000-0000-0000-0000-000000000001";
export const GROUP = "drill-rg";
export const MEMORY_SCALE = 1000;
const credentials = { arm: "arm-token", armOperator: "operator-token", lab: "lab-token" };

export type World = {
  readonly home: string;
  readonly network: TestNetwork;
  readonly client: RedisManagementClient;
  readonly armUrl: string;
  readonly labUrl: string;
  lab(method: "GET" | "PUT" | "DELETE", path: string, body?: unknown): Promise<unknown>;
  /** The next start of this cache waits until the answer is called. */
  holdStart(cache: string): () => void;
  /** A Premium cache created through the official client. */
  createCache(name: string, size?: Partial<CacheSize>): Promise<void>;
  link(primary: string, secondary: string): Promise<void>;
  unlink(on: string, peer: string): Promise<void>;
  /** A client of the region's application, through its link. */
  connect(cache: string, from?: string): Promise<Redis>;
  admin(cache: string): Promise<Redis>;
  restartControlPlane(): Promise<void>;
  /** Removes every cache: what one test left must not be work for the next. */
  clear(): Promise<void>;
  close(): Promise<void>;
};

export type CacheSize = {
  readonly region: string;
  readonly sku: { readonly name: string; readonly family: string; readonly capacity: number };
  readonly subscription: string;
  readonly tags: Readonly<Record<string, string>>;
};

export type WorldOptions = {
  /** How long an unlink waits for a silent secondary. */
  readonly unlinkTimeoutMs?: number;
  readonly profile?: EnterpriseProfile;
};

export const POLL = { updateIntervalInMs: 20 };

export function idOf(cache: string, subscription = SUBSCRIPTION): string {
  return `/subscriptions/${subscription}/resourceGroups/${GROUP}/providers/Microsoft.Cache/Redis/${cache}`;
}

/** A real control plane with real redis-servers in a temporary home; regions `west` and `east`. */
export async function createWorld(hostFor: (home: string) => CacheHost, options: WorldOptions = {}): Promise<World> {
  const home = await mkdtemp(path.join(tmpdir(), "lifeboat-geocache-"));
  const network = await openTestNetwork(home);
  const held = new Map<string, Promise<void>>();
  const open: Redis[] = [];
  const start = (): Promise<Started> => startPlane(home, withHeldStarts(hostFor(home), held), { network, ...options });
  let { plane, armUrl, labUrl } = await start();
  const ca = await readFile(caFile(home), "utf8");

  const clientFor = (subscription: string): RedisManagementClient =>
    new RedisManagementClient(
      { getToken: () => Promise.resolve({ token: credentials.arm, expiresOnTimestamp: Date.now() + 3_600_000 }) },
      subscription,
      { endpoint: armUrl, tlsOptions: { ca }, retryOptions: { maxRetries: 0 } },
    );

  const world: World = {
    home,
    network,
    get client() {
      return clientFor(SUBSCRIPTION);
    },
    get armUrl() {
      return armUrl;
    },
    get labUrl() {
      return labUrl;
    },
    async lab(method, apiPath, body) {
      const response = await fetch(`${labUrl}${apiPath}`, {
        method,
        headers: {
          authorization: `Bearer ${credentials.lab}`,
          ...(method === "PUT" ? { "content-type": "application/json" } : {}),
        },
        ...(method === "PUT" ? { body: JSON.stringify(body ?? {}) } : {}),
        signal: AbortSignal.timeout(20_000),
      }).catch((error: unknown) => {
        throw new Error(`${method} ${apiPath}`, { cause: error });
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${response.status} ${text}`);
      return text === "" ? undefined : JSON.parse(text);
    },
    holdStart(cache) {
      const { promise, resolve } = Promise.withResolvers<void>();
      held.set(cache, promise);
      return resolve;
    },
    async createCache(name, size = {}) {
      const sku = size.sku ?? { name: "Premium", family: "P", capacity: 1 };
      const location = size.region ?? "west";
      const client = clientFor(size.subscription ?? SUBSCRIPTION);
      await client.redis.beginCreateAndWait(GROUP, name, { location, sku, tags: { ...size.tags } }, POLL);
    },
    async link(primary, secondary) {
      const peer = await world.client.redis.get(GROUP, secondary);
      const request = {
        linkedRedisCacheId: idOf(secondary),
        linkedRedisCacheLocation: peer.location,
        serverRole: "Secondary" as const,
      };
      await world.client.linkedServer.beginCreateAndWait(GROUP, primary, secondary, request, POLL);
    },
    async unlink(on, peer) {
      await world.client.linkedServer.beginDeleteAndWait(GROUP, on, peer, POLL);
    },
    async connect(cache, from = "west") {
      const { endpoint } = (await world.lab("GET", `/lab/resolve?from=${from}&cache=${cache}`)) as {
        endpoint: Endpoint;
      };
      const access = (await world.lab("GET", `/lab/caches/${cache}/access`)) as { username: string; password: string };
      return openRedis(open, endpoint, access);
    },
    async admin(cache) {
      const { caches } = (await world.lab("GET", "/lab/caches")) as {
        caches: { cache: string; direct: Endpoint; adminUsername: string; adminPassword: string }[];
      };
      const found = caches.find((one) => one.cache === cache);
      if (!found) throw new Error(`no cache ${cache}`);
      return openRedis(open, found.direct, { username: found.adminUsername, password: found.adminPassword });
    },
    async restartControlPlane() {
      await plane.close();
      ({ plane, armUrl, labUrl } = await start());
    },
    async clear() {
      await world.lab("DELETE", "/lab/estate");
      for (const region of ["west", "east"]) await world.lab("PUT", `/lab/regions/${region}`, {});
    },
    async close() {
      open.forEach((redis) => redis.disconnect());
      await world.lab("DELETE", "/lab/estate");
      await plane.close();
      await network.close();
      await rm(home, { recursive: true, force: true });
    },
  };
  await world.clear();
  return world;
}

type Started = { plane: ControlPlane; armUrl: string; labUrl: string };

function withHeldStarts(host: CacheHost, held: ReadonlyMap<string, Promise<void>>): CacheHost {
  return {
    ...host,
    async start(spec) {
      await held.get(spec.name);
      return await host.start(spec);
    },
  };
}

async function startPlane(
  home: string,
  host: CacheHost,
  options: WorldOptions & { readonly network: Network },
): Promise<Started> {
  const log = createLog("geocache-test");
  log.level = "fatal";
  const plane = await createControlPlane({ home, credentials, host, memoryScale: MEMORY_SCALE, log, ...options });
  await plane.start();
  const labUrl = await plane.lab.listen({ host: "127.0.0.1", port: 0 });
  return { plane, armUrl: await serveArm(plane.arm, home), labUrl };
}

function openRedis(open: Redis[], endpoint: Endpoint, user: { username: string; password: string }): Redis {
  const redis = new Redis({
    host: endpoint.host,
    port: endpoint.port,
    username: user.username,
    password: user.password,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 3000,
    retryStrategy: () => null,
  });
  redis.on("error", () => undefined);
  open.push(redis);
  return redis;
}

/** Bounded, for effects that come by themselves. */
export async function eventually(what: string, check: () => Promise<boolean> | boolean): Promise<void> {
  await waitFor(check, { what, timeoutMs: 30_000, intervalMs: 20 });
}
