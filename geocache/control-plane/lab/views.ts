import { EDGE } from "../../../contracts/endpoint.ts";
import type { LabCache, LabState, RegionMember, Workload } from "../../../contracts/lab.ts";
import { cacheUsers } from "../../hosts/cache-host.ts";
import { databaseId } from "../arm/enterprise/context.ts";
import { cacheId } from "../arm/resource-ids.ts";
import { secretsOf } from "../cache-runtime.ts";
import type { CacheDoc, WorkloadDoc } from "../model.ts";
import { p38RoleOf } from "../rules/roles.ts";
import { clientLinkId, workloadLinkId } from "../wanted-links.ts";
import type { LabContext } from "./context.ts";

type Resolution = LabState["endpoints"][number];

/** The caches that were ever started, with what an administrator needs. */
export async function labCaches(context: LabContext): Promise<LabCache[]> {
  const docs = context.store.caches.all();
  return (await Promise.all(docs.map((doc) => labCache(context, doc)))).flat();
}

async function labCache(context: LabContext, doc: CacheDoc): Promise<LabCache[]> {
  const running = await context.runtime.refresh(doc);
  const direct = context.runtime.directOf(doc.name);
  if (direct === undefined) return [];
  const { adminPassword } = secretsOf(context.store, doc.name);
  return [
    {
      cache: doc.name,
      region: doc.region,
      resourceId: doc.service === "passive" ? cacheId(doc) : databaseId(doc),
      host: context.host.kind,
      role: isMember(doc) ? "member" : p38RoleOf(doc.name, context.store.links.all()),
      running,
      direct,
      adminUsername: cacheUsers.admin,
      adminPassword,
      maxmemoryBytes: doc.maxmemoryBytes,
    },
  ];
}

/** Where each place reaches one cache, or all of them. */
export async function resolutions(context: LabContext): Promise<Resolution[]> {
  const places = [EDGE, ...context.store.regions.all().map((region) => region.name)];
  const started = context.store.caches.all().filter((doc) => doc.direct !== null);
  return await Promise.all(started.flatMap((doc) => places.map((from) => resolve(context, from, doc.name))));
}

/** @throws NOT_FOUND, UNAVAILABLE */
export async function resolve(context: LabContext, from: string, cache: string): Promise<Resolution> {
  return { from, cache, endpoint: await context.links.endpointOf(clientLinkId(from, cache)) };
}

export async function labWorkload(context: LabContext, doc: WorkloadDoc): Promise<Workload> {
  const identity = context.workloads.identityOf(doc);
  return {
    ...doc.spec,
    name: doc.name,
    port: doc.port,
    pid: identity?.pid ?? null,
    startedAt: identity?.startedAt ?? null,
    state: identity === undefined ? "stopped" : "running",
    logFile: context.workloads.logFile(doc.name),
    fromEdge: await context.links.endpointOf(workloadLinkId(doc.name)),
  };
}

/** Everything in a region that lives and therefore shares its fate. */
export async function regionMembers(context: LabContext, region: string): Promise<RegionMember[]> {
  const docs = context.store.caches.all().filter((doc) => doc.region === region);
  await Promise.all(docs.map((doc) => context.runtime.refresh(doc)));
  const caches = docs.flatMap((doc): RegionMember[] => {
    const identity = context.runtime.identityOf(doc.name);
    return identity === undefined ? [] : [{ ...identity, kind: "cache", name: doc.name }];
  });
  const workloads = context.store.workloads.all().flatMap((doc): RegionMember[] => {
    const identity = doc.spec.region === region ? context.workloads.identityOf(doc) : undefined;
    return identity === undefined ? [] : [{ ...identity, host: "process", kind: "workload", name: doc.name }];
  });
  const beside = await Promise.all(docs.filter(isMember).map((doc) => context.groups.processesOf(doc.name)));
  return [...caches, ...beside.flat(), ...workloads];
}

function isMember(doc: CacheDoc): boolean {
  return doc.service === "enterprise" && doc.group !== null;
}

export async function labState(context: LabContext): Promise<LabState> {
  const { store, host, memoryScale } = context;
  const caches = await labCaches(context);
  return {
    host: host.kind,
    timingProfile: "fast",
    defaultMemoryScale: memoryScale,
    regions: store.regions.all(),
    caches: caches.map(({ adminPassword: _secret, ...shown }) => shown),
    workloads: await Promise.all(store.workloads.all().map((doc) => labWorkload(context, doc))),
    endpoints: await resolutions(context),
  };
}
