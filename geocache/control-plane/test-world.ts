import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { readFile } from "node:fs/promises";
import { RedisManagementClient } from "@azure/arm-rediscache";
import { Redis } from "ioredis";
import { createLog } from "../../base/log.ts";
import { waitFor } from "../../base/waits.ts";
import type { Endpoint } from "../../contracts/endpoint.ts";
import type { CacheHost } from "../hosts/cache-host.ts";
import { serveArm } from "./arm/server.ts";
import { caFile } from "./certificates.ts";
import { createControlPlane, type ControlPlane } from "./control-plane.ts";
import type { Network } from "./network.ts";

export const SUBSCRIPTION = "00000000-0000-0000-0000-000000000001";
export const GROUP = "drill-rg";
const credentials = { arm: "arm-token", lab: "lab-token" };

/** A link that only forwards; `cut` silences it as a lost WAN would. */
type TestLink = {
  readonly server: Server;
  readonly endpoint: Endpoint;
  readonly sockets: Set<Socket>;
  target: Endpoint;
};

export type TestNetwork = Network & { stall(id: string): void; resume(id: string): void; close(): Promise<void> };

export function createTestNetwork(): TestNetwork {
  const links = new Map<string, TestLink>();
  const requireLink = (id: string): TestLink => {
    const link = links.get(id);
    if (link === undefined) throw new Error(`no link ${id}`);
    return link;
  };
  return {
    async putLink(spec) {
      const known = links.get(spec.id);
      if (known) known.target = spec.target;
      else links.set(spec.id, await openLink(spec.target, spec.listenHost));
      return requireLink(spec.id).endpoint;
    },
    async removeLink(id) {
      const link = links.get(id);
      links.delete(id);
      if (link) await closeLink(link);
    },
    listLinkIds: () => Promise.resolve([...links.keys()]),
    stall: (id) => requireLink(id).sockets.forEach((socket) => socket.pause()),
    resume: (id) => requireLink(id).sockets.forEach((socket) => socket.resume()),
    close: async () => void (await Promise.all([...links.values()].map(closeLink))),
  };
}

async function openLink(target: Endpoint, listenHost: string): Promise<TestLink> {
  const sockets = new Set<Socket>();
  const server = createServer((inner) => {
    const outer = connect(link.target.port, link.target.host);
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(from);
      from.on("data", (bytes) => to.write(bytes));
      from.on("error", () => undefined);
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, listenHost, resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const link: TestLink = { server, endpoint: { host: listenHost, port, tls: false }, sockets, target };
  return link;
}

async function closeLink(link: TestLink): Promise<void> {
  link.sockets.forEach((socket) => socket.destroy());
  await new Promise<void>((resolve) => link.server.close(() => resolve()));
}

export type World = {
  readonly home: string;
  readonly network: TestNetwork;
  readonly client: RedisManagementClient;
  readonly armUrl: string;
  readonly labUrl: string;
  lab(method: "GET" | "PUT" | "DELETE", path: string, body?: unknown): Promise<unknown>;
  /** A Premium cache created through the official client. */
  createCache(name: string, size?: Partial<CacheSize>): Promise<void>;
  link(primary: string, secondary: string): Promise<void>;
  unlink(on: string, peer: string): Promise<void>;
  /** A client of the region's application, through its link. */
  connect(cache: string, from?: string): Promise<Redis>;
  admin(cache: string): Promise<Redis>;
  restartControlPlane(): Promise<void>;
  close(): Promise<void>;
};

export type CacheSize = {
  readonly region: string;
  readonly sku: { readonly name: string; readonly family: string; readonly capacity: number };
  readonly subscription: string;
};

export const POLL = { updateIntervalInMs: 20 };

export function idOf(cache: string, subscription = SUBSCRIPTION): string {
  return `/subscriptions/${subscription}/resourceGroups/${GROUP}/providers/Microsoft.Cache/Redis/${cache}`;
}

/** A real control plane with real redis-servers in a temporary home; regions `west` and `east`. */
export async function createWorld(hostFor: (home: string) => CacheHost): Promise<World> {
  const home = await mkdtemp(path.join(tmpdir(), "lifeboat-geocache-"));
  const network = createTestNetwork();
  const open: Redis[] = [];
  let { plane, armUrl, labUrl } = await startPlane(home, hostFor(home), network);
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
    async createCache(name, size = {}) {
      const sku = size.sku ?? { name: "Premium", family: "P", capacity: 1 };
      const location = size.region ?? "west";
      const client = clientFor(size.subscription ?? SUBSCRIPTION);
      await client.redis.beginCreateAndWait(GROUP, name, { location, sku }, POLL);
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
      ({ plane, armUrl, labUrl } = await startPlane(home, hostFor(home), network));
    },
    async close() {
      open.forEach((redis) => redis.disconnect());
      await world.lab("DELETE", "/lab/estate");
      await plane.close();
      await network.close();
      await rm(home, { recursive: true, force: true });
    },
  };
  for (const region of ["west", "east"]) await world.lab("PUT", `/lab/regions/${region}`, {});
  return world;
}

type Started = { plane: ControlPlane; armUrl: string; labUrl: string };

async function startPlane(home: string, host: CacheHost, network: Network): Promise<Started> {
  const log = createLog("geocache-test");
  log.level = "fatal";
  const plane = await createControlPlane({ home, credentials, host, network, memoryScale: 1000, log });
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
  await waitFor(check, { what, timeoutMs: 10_000, intervalMs: 20 });
}
