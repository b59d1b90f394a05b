import type { FastifyInstance } from "fastify";
import type { Credentials } from "../../base/credentials.ts";
import { createApi } from "../../base/http-server.ts";
import type { Logger } from "../../base/log.ts";
import type { CacheHost } from "../hosts/cache-host.ts";
import { createMemberProcesses } from "../hosts/member-processes.ts";
import { createArm } from "./arm/server.ts";
import { createCacheRuntime } from "./cache-runtime.ts";
import { createCaches } from "./caches.ts";
import { loadOrCreateCertificate } from "./certificates.ts";
import { createGeoLinks } from "./geo-links.ts";
import { createGroups } from "./groups/groups.ts";
import type { EnterpriseProfile } from "./groups/profiles.ts";
import { addGroupRoutes } from "./lab/group-routes.ts";
import { addCacheRoutes } from "./lab/cache-routes.ts";
import type { LabContext } from "./lab/context.ts";
import { addRegionRoutes } from "./lab/region-routes.ts";
import { addWorkloadRoutes } from "./lab/workload-routes.ts";
import { createLinkKeeper } from "./link-keeper.ts";
import { createLocks } from "./locks.ts";
import type { CacheDoc, OperationDoc } from "./model.ts";
import type { Network } from "./network.ts";
import { createOperations } from "./operations.ts";
import { startReconciler } from "./reconciler.ts";
import { openStore, type Store } from "./store.ts";
import { wantedLinks } from "./wanted-links.ts";
import { createWorkloads } from "./workloads.ts";

export type ControlPlaneOptions = {
  readonly home: string;
  readonly credentials: Pick<Credentials, "arm" | "armOperator" | "lab">;
  readonly host: CacheHost;
  readonly network: Network;
  /** 1/memoryScale of a size's memory is really given to redis. */
  readonly memoryScale: number;
  /** How long an unlink waits for a silent secondary. */
  readonly unlinkTimeoutMs?: number;
  /** Which reading of the Enterprise service holds. Default: `documented-2021`. */
  readonly profile?: EnterpriseProfile;
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
  const { store } = parts;
  const operations = createOperations({
    store: store.operations,
    log,
    perform: (operation) => perform(parts, operation),
    signal: closing.signal,
  });
  const certificate = await loadOrCreateCertificate(home);
  const profile = options.profile ?? "documented-2021";
  const arm = createArm(
    { ...parts, operations, memoryScale, profile },
    { credentials: options.credentials, certificate },
  );
  const lab = createLab({ ...parts, host, memoryScale }, options.credentials.lab);

  return {
    arm,
    lab,
    async start() {
      await Promise.all(store.caches.all().map((doc) => parts.runtime.refresh(doc)));
      operations.resume();
      parts.geoLinks.resume();
      // Noted, but killed before its operation was.
      for (const doc of store.caches.all()) {
        const kind = kindOfUnbegun(store, doc);
        if (kind !== undefined) operations.begin({ kind, subject: doc.name, peer: null });
      }
      startReconciler({ ...parts, log, signal: closing.signal });
    },
    async close() {
      closing.abort();
      await Promise.all([arm.close(), lab.close()]);
    },
  };
}

/** What brings a cache to the state that it is on the way to. */
function kindOfUnbegun(store: Store, doc: CacheDoc): OperationDoc["kind"] | undefined {
  const { provisioningState } = doc;
  if (provisioningState === "Creating") return doc.service === "passive" ? "create-cache" : "create-database";
  if (provisioningState !== "Updating" || doc.service === "passive") return undefined;
  const members = doc.group === null ? undefined : store.groups.get(doc.group)?.members;
  const isLinked = members?.some(({ cache, linkState }) => cache === doc.name && linkState !== "Linking");
  return doc.group === null || isLinked === true ? "update" : "force-link";
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
      groups: store.groups.all(),
      workloads: store.workloads.all(),
      directOf: runtime.directOf,
      replicationListenHost: await host.replicationListenHost(),
    }),
  );
  const caches = createCaches({ store, runtime, links, locks });
  const geoLinks = createGeoLinks({ store, runtime, links, locks, unlinkTimeoutMs, log, signal });
  const workloads = createWorkloads(home, store, locks);
  const processes = createMemberProcesses(home);
  const groups = createGroups({ store, host, processes, runtime, caches, links, locks, log, signal });
  return { store, runtime, links, caches, geoLinks, groups, workloads };
}

async function perform(parts: Parts, operation: OperationDoc): Promise<void> {
  const { kind, subject, peer, id } = operation;
  const { groups } = parts;
  switch (kind) {
    case "create-cache":
      return await parts.caches.create(subject);
    case "delete-cache":
      return await parts.caches.remove(subject);
    case "unlink":
      return await parts.geoLinks.unlink(subject, peer ?? "");
    case "create-database":
      return await groups.create(subject);
    case "delete-database":
      return await groups.remove(subject);
    case "delete-cluster":
      return await groups.removeCluster(subject);
    case "update":
      return await groups.update(subject);
    case "force-unlink":
      return await groups.forceUnlink(subject, peer ?? "");
    case "force-link":
      return await groups.forceLink(subject);
    case "flush":
      return await groups.flush(subject, id);
  }
}

function createLab(context: LabContext, token: string): FastifyInstance {
  const lab = createApi({ token });
  addRegionRoutes(lab, context);
  addWorkloadRoutes(lab, context);
  addCacheRoutes(lab, context);
  addGroupRoutes(lab, context);
  return lab;
}
