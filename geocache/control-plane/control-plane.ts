import type { FastifyInstance } from "fastify";
import type { Credentials } from "../../base/credentials.ts";
import { createApi } from "../../base/http-server.ts";
import type { Logger } from "../../base/log.ts";
import type { CacheHost } from "../hosts/cache-host.ts";
import { createArm } from "./arm/server.ts";
import { createCacheRuntime } from "./cache-runtime.ts";
import { createCaches } from "./caches.ts";
import { loadOrCreateCertificate } from "./certificates.ts";
import { createGeoLinks } from "./geo-links.ts";
import { addCacheRoutes } from "./lab/cache-routes.ts";
import type { LabContext } from "./lab/context.ts";
import { addRegionRoutes } from "./lab/region-routes.ts";
import { addWorkloadRoutes } from "./lab/workload-routes.ts";
import { createLinkKeeper } from "./link-keeper.ts";
import { createLocks } from "./locks.ts";
import type { OperationDoc } from "./model.ts";
import type { Network } from "./network.ts";
import { createOperations } from "./operations.ts";
import { startReconciler } from "./reconciler.ts";
import { openStore } from "./store.ts";
import { wantedLinks } from "./wanted-links.ts";
import { createWorkloads } from "./workloads.ts";

export type ControlPlaneOptions = {
  readonly home: string;
  readonly credentials: Pick<Credentials, "arm" | "lab">;
  readonly host: CacheHost;
  readonly network: Network;
  /** 1/memoryScale of a size's memory is really given to redis. */
  readonly memoryScale: number;
  /** How long an unlink waits for a silent secondary. */
  readonly unlinkTimeoutMs?: number;
  readonly log: Logger;
};

/** The real service drains a link within 15 minutes. */
const UNLINK_TIMEOUT_MS = 15 * 60_000;

export type ControlPlane = {
  readonly arm: FastifyInstance;
  readonly lab: FastifyInstance;
  /** Adopts what runs, takes up what was in progress and starts to reconcile. */
  start(): Promise<void>;
  /** Stops serving; caches and workloads go on. */
  close(): Promise<void>;
};

/** The control plane of the passive service over one host and one network. */
export async function createControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { home, host, log, memoryScale } = options;
  const closing = new AbortController();
  const parts = createParts(options, closing.signal);
  const { store, runtime, caches, geoLinks } = parts;
  const operations = createOperations({
    store: store.operations,
    log,
    perform: (operation) => perform(parts, operation),
    signal: closing.signal,
  });
  const certificate = await loadOrCreateCertificate(home);
  const armContext = { store, caches, runtime, geoLinks, operations, memoryScale };
  const arm = createArm(armContext, { token: options.credentials.arm, certificate });
  const lab = createLab({ ...parts, host, memoryScale }, options.credentials.lab);

  return {
    arm,
    lab,
    async start() {
      await Promise.all(store.caches.all().map((doc) => runtime.refresh(doc)));
      operations.resume();
      geoLinks.resume();
      // Noted, but killed before its operation was.
      const unbegun = store.caches.all().filter((doc) => doc.provisioningState === "Creating");
      for (const doc of unbegun) operations.begin({ kind: "create-cache", subject: doc.name, peer: null });
      startReconciler({ ...parts, log, signal: closing.signal });
    },
    async close() {
      closing.abort();
      await Promise.all([arm.close(), lab.close()]);
    },
  };
}

type Parts = ReturnType<typeof createParts>;

function createParts(options: ControlPlaneOptions, signal: AbortSignal) {
  const { home, host, network, log, unlinkTimeoutMs = UNLINK_TIMEOUT_MS } = options;
  const store = openStore(home);
  const locks = createLocks();
  const runtime = createCacheRuntime(store, host);
  const links = createLinkKeeper(network, async () =>
    wantedLinks({
      regions: store.regions.all(),
      caches: store.caches.all(),
      geoLinks: store.links.all().filter((link) => link.state !== "Deleting"),
      workloads: store.workloads.all(),
      directOf: runtime.directOf,
      replicationListenHost: await host.replicationListenHost(),
    }),
  );
  const caches = createCaches({ store, runtime, links, locks });
  const geoLinks = createGeoLinks({ store, runtime, links, locks, unlinkTimeoutMs, log, signal });
  const workloads = createWorkloads(home, store, locks);
  return { store, runtime, links, caches, geoLinks, workloads };
}

async function perform(parts: Parts, operation: OperationDoc): Promise<void> {
  const { kind, subject, peer } = operation;
  switch (kind) {
    case "create-cache":
      return await parts.caches.create(subject);
    case "delete-cache":
      return await parts.caches.remove(subject);
    case "unlink":
      return await parts.geoLinks.unlink(subject, peer ?? "");
  }
}

function createLab(context: LabContext, token: string): FastifyInstance {
  const lab = createApi({ token });
  addRegionRoutes(lab, context);
  addWorkloadRoutes(lab, context);
  addCacheRoutes(lab, context);
  return lab;
}
