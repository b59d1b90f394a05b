import { z } from "zod";
import { endpointSchema, nameSchema } from "./endpoint.ts";
import { boundedInstantSchema, stampSchema } from "./stamps.ts";

/** The lab API: what a cloud has no API for. Served by the control plane below `/lab`. */

/** `PUT /lab/regions/:name`. WAN latency to other regions and to `edge`, one way, in milliseconds; default 0. */
export const regionSpecSchema = z.strictObject({
  wanLatencyMs: z.record(z.string(), z.number().min(0).max(10_000)).default({}),
});

export const regionSchema = z.object({ ...regionSpecSchema.shape, name: nameSchema, available: z.boolean() });

/** A process that shares its region's fate, as an application server would. `PUT /lab/workloads/:name` starts it. */
export const workloadSpecSchema = z.strictObject({
  region: nameSchema,
  /** Arguments for the Node binary that runs Lifeboat: a script and its own arguments. No shell. */
  argv: z.array(z.string()).min(1),
  env: z.record(z.string(), z.string()).default({}),
  /** Port on loopback at which it serves; links lead here. It is told by the environment variable PORT. */
  port: z.int().min(1).max(65_535).optional(),
});
export type WorkloadSpec = z.infer<typeof workloadSpecSchema>;

export const workloadSchema = workloadSpecSchema.extend({
  name: nameSchema,
  port: z.number(),
  pid: z.number().nullable(),
  startedAt: z.string().nullable(),
  state: z.enum(["running", "stopped"]),
  logFile: z.string(),
  /** Where it is reached from the edge: through a link. */
  fromEdge: endpointSchema,
});
export type Workload = z.infer<typeof workloadSchema>;

/** How a cache is reached from each place: `GET /lab/endpoints` and `GET /lab/resolve?from=…&cache=…`. */
export const resolutionSchema = z.object({ from: z.string(), cache: z.string(), endpoint: endpointSchema });

/** Clients' access to one cache. The user cannot touch replication or configuration. */
export const cacheAccessSchema = z.object({ cache: z.string(), username: z.string(), password: z.string() });

/** One member of a region's fate: `GET /lab/regions/:name/members`, asked by the keeper before an outage. */
export const regionMemberSchema = z.discriminatedUnion("host", [
  z.object({
    host: z.literal("process"),
    kind: z.enum(["cache", "workload", "syncer"]),
    name: z.string(),
    pid: z.number(),
    startedAt: z.string(),
  }),
  z.object({
    host: z.literal("container"),
    kind: z.enum(["cache", "workload", "syncer"]),
    name: z.string(),
    containerId: z.string(),
  }),
]);
export type RegionMember = z.infer<typeof regionMemberSchema>;
export const regionMemberListSchema = z.object({ members: z.array(regionMemberSchema) });

/** `PUT /lab/regions/:name/availability`, said by the keeper: nothing is restarted in a region that is down. */
export const availabilitySchema = z.strictObject({ available: z.boolean() });

/** `GET /lab/caches`: what runs behind each ARM resource. */
const labCacheSchema = z.object({
  cache: z.string(),
  region: z.string(),
  resourceId: z.string(),
  host: z.enum(["process", "container"]),
  /** `member`: of an active group. */
  role: z.enum(["standalone", "primary", "secondary", "member"]),
  running: z.boolean(),
  /** The redis-server itself, past all links: for the lab's own use (audit, memory pressure), never for clients. */
  direct: endpointSchema,
  adminUsername: z.string(),
  adminPassword: z.string(),
  maxmemoryBytes: z.number(),
});
export type LabCache = z.infer<typeof labCacheSchema>;
export const labCacheListSchema = z.object({ caches: z.array(labCacheSchema) });

/** `GET /lab/geo-links`: the links of ARM, with the times of their first full sync that ARM does not tell. */
export const geoLinkSchema = z.object({
  primary: nameSchema,
  secondary: nameSchema,
  state: z.enum(["Creating", "Succeeded", "Deleting", "Failed"]),
  requestedAt: stampSchema,
  /** As the redis-server of the secondary showed it when it was asked: bounds, null before it was seen. */
  fullSync: z.object({ started: boundedInstantSchema.nullable(), ended: boundedInstantSchema.nullable() }),
});
export const geoLinkListSchema = z.object({ links: z.array(geoLinkSchema) });

/** `GET /lab/state` and `DELETE /lab/estate` (removes every cache, workload, link and region). */
export const labStateSchema = z.object({
  host: z.enum(["process", "container"]),
  timingProfile: z.string(),
  /** 1/this of a size's memory is really given to a cache whose tag does not ask for another scale. */
  defaultMemoryScale: z.number(),
  regions: z.array(regionSchema),
  caches: z.array(labCacheSchema.omit({ adminPassword: true })),
  workloads: z.array(workloadSchema),
  endpoints: z.array(resolutionSchema),
});
export type LabState = z.infer<typeof labStateSchema>;
