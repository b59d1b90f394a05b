import { z } from "zod";
import { endpointSchema, nameSchema } from "../../contracts/endpoint.ts";
import { geoLinkSchema, regionSpecSchema, workloadSpecSchema } from "../../contracts/lab.ts";
import { databaseSettingsSchema } from "./groups/model.ts";

/** The documents that the control plane keeps on disk. */

export const regionDocSchema = regionSpecSchema.extend({ name: nameSchema, available: z.boolean() });
export type RegionDoc = z.infer<typeof regionDocSchema>;

export const skuSchema = z.object({
  name: z.enum(["Basic", "Standard", "Premium"]),
  family: z.enum(["C", "P"]),
  capacity: z.int().min(0).max(6),
});
export type Sku = z.infer<typeof skuSchema>;

const cacheSchema = z.object({
  /** Lower case; unique in the whole estate, as host names are. */
  name: nameSchema,
  /** As it was written when it was created: what answers show. */
  displayName: z.string(),
  subscription: z.string(),
  resourceGroup: z.string(),
  region: nameSchema,
  tags: z.record(z.string(), z.string()),
  provisioningState: z.enum(["Creating", "Updating", "Succeeded", "Deleting", "Failed"]),
  maxmemoryBytes: z.number(),
  /** Where its redis-server was last started; links keep leading there while it is dead. */
  direct: endpointSchema.nullable(),
});

const passiveCacheSchema = cacheSchema.extend({ service: z.literal("passive"), sku: skuSchema });
export type PassiveCache = z.infer<typeof passiveCacheSchema>;

/** An Enterprise cluster's one database, named after its cluster. */
const enterpriseCacheSchema = cacheSchema.extend({
  service: z.literal("enterprise"),
  settings: databaseSettingsSchema,
  /** Nickname of the group that it was created in, also after it was force-unlinked from it. */
  group: z.string().nullable(),
  /** Where its syncer listens, fixed for its life; links lead there. Null outside of groups. */
  ports: z.object({ exchange: z.int(), control: z.int() }).nullable(),
});
export type EnterpriseCache = z.infer<typeof enterpriseCacheSchema>;

/** What runs one redis-server and is a cache of the lab, whichever service it belongs to. */
export const cacheDocSchema = z.discriminatedUnion("service", [passiveCacheSchema, enterpriseCacheSchema]);
export type CacheDoc = z.infer<typeof cacheDocSchema>;

export const accessKeysSchema = z.object({
  adminPassword: z.string(),
  clientPassword: z.string(),
  replicationPassword: z.string(),
});

export const linkDocSchema = geoLinkSchema;
export type LinkDoc = z.infer<typeof linkDocSchema>;

export const operationDocSchema = z.object({
  id: z.string(),
  kind: z.enum([
    "create-cache",
    "delete-cache",
    "unlink",
    "create-database",
    "delete-database",
    "delete-cluster",
    "update",
    "force-unlink",
    "force-link",
    "flush",
  ]),
  /** The cache it is about; for an unlink the primary, for a force-unlink the member that was asked for it. */
  subject: nameSchema,
  peer: nameSchema.nullable(),
  status: z.enum(["InProgress", "Succeeded", "Failed"]),
  startTime: z.string(),
  endTime: z.string().nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type OperationDoc = z.infer<typeof operationDocSchema>;

export const workloadDocSchema = z.object({
  name: nameSchema,
  spec: workloadSpecSchema,
  port: z.number(),
  pid: z.number().nullable(),
  startedAt: z.string().nullable(),
});
export type WorkloadDoc = z.infer<typeof workloadDocSchema>;
