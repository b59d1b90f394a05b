import { z } from "zod";
import { nameSchema } from "../../../contracts/endpoint.ts";

/** The documents of `Microsoft.Cache/redisEnterprise`; a database is a cache of the lab (`../model.ts`). */

export const clusterDocSchema = z.object({
  /** Lower case; its database bears the same name in the lab. */
  name: nameSchema,
  displayName: z.string(),
  subscription: z.string(),
  resourceGroup: z.string(),
  region: nameSchema,
  sku: z.object({ name: z.string(), capacity: z.number().nullable() }),
  zones: z.array(z.string()),
  tags: z.record(z.string(), z.string()),
  minimumTlsVersion: z.enum(["1.0", "1.1", "1.2"]),
  highAvailability: z.enum(["Enabled", "Disabled"]),
  publicNetworkAccess: z.enum(["Enabled", "Disabled"]),
  provisioningState: z.enum(["Succeeded", "Deleting"]),
});
export type ClusterDoc = z.infer<typeof clusterDocSchema>;

/** As ARM words them. Of these, `evictionPolicy` changes what redis does; the others are kept, compared and shown. */
export const databaseSettingsSchema = z.object({
  clientProtocol: z.enum(["Encrypted", "Plaintext"]),
  port: z.int(),
  clusteringPolicy: z.enum(["EnterpriseCluster", "OSSCluster", "NoCluster"]),
  evictionPolicy: z.enum([
    "AllKeysLFU",
    "AllKeysLRU",
    "AllKeysRandom",
    "VolatileLRU",
    "VolatileLFU",
    "VolatileTTL",
    "VolatileRandom",
    "NoEviction",
  ]),
  modules: z.array(z.object({ name: z.string(), args: z.string().optional() })),
  accessKeysAuthentication: z.enum(["Enabled", "Disabled"]),
  persistence: z.object({ aofEnabled: z.boolean(), rdbEnabled: z.boolean() }),
});
export type DatabaseSettings = z.infer<typeof databaseSettingsSchema>;

const groupMemberSchema = z.object({
  cache: nameSchema,
  linkState: z.enum(["Linking", "Linked", "Unlinking"]),
});

export const groupDocSchema = z.object({
  nickname: z.string(),
  /** Of the membership that was ordered last; each change is a new one. */
  epoch: z.int(),
  /** Names of functions and keys are made from it, and members prove themselves to each other with it. */
  secret: z.string(),
  controlToken: z.string(),
  members: z.array(groupMemberSchema),
  /** Force-unlinked and not yet deleted, with the membership that each of them was last told (A24). */
  former: z.array(z.object({ cache: nameSchema, epoch: z.int(), members: z.array(nameSchema) })),
  /**
   * The last flush, the epoch that began with it, and whom it has still to wipe: they are told nothing else before.
   * One that was noted without its epoch had ended.
   */
  flush: z.object({ operation: z.string(), epoch: z.int().default(1), unwiped: z.array(nameSchema) }).nullable(),
  totalLoss: z.boolean(),
});
export type GroupDoc = z.infer<typeof groupDocSchema>;
