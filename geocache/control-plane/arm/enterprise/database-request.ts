import { z } from "zod";
import { databaseSettingsSchema, type DatabaseSettings } from "../../groups/model.ts";

const { shape } = databaseSettingsSchema;
const linkedSchema = z.array(z.looseObject({ id: z.string() }));

/** What a caller may say of a database; everything may be left out. */
const propertiesSchema = z.looseObject({
  clientProtocol: shape.clientProtocol.optional(),
  port: z.int().min(1).max(65_535).optional(),
  clusteringPolicy: shape.clusteringPolicy.optional(),
  evictionPolicy: shape.evictionPolicy.optional(),
  modules: z.array(z.looseObject({ name: z.string(), args: z.string().optional() })).optional(),
  accessKeysAuthentication: shape.accessKeysAuthentication.optional(),
  persistence: z
    .looseObject({ aofEnabled: z.boolean().default(false), rdbEnabled: z.boolean().default(false) })
    .nullish(),
  geoReplication: z.looseObject({ groupNickname: z.string(), linkedDatabases: linkedSchema }).optional(),
});
export type DatabaseProperties = z.infer<typeof propertiesSchema>;

export const databaseSchema = z.looseObject({ properties: propertiesSchema.prefault({}) });

export const forceLinkSchema = z.looseObject({
  geoReplication: z.looseObject({ groupNickname: z.string(), linkedDatabases: linkedSchema }),
});

export const forceUnlinkSchema = z.looseObject({ ids: z.array(z.string()) });
export const flushSchema = z.looseObject({ ids: z.array(z.string()).optional() }).default({});
export const regenerateSchema = z.looseObject({ keyType: z.enum(["Primary", "Secondary"]) });

const defaults: DatabaseSettings = {
  clientProtocol: "Encrypted",
  port: 10_000,
  clusteringPolicy: "OSSCluster",
  evictionPolicy: "VolatileLRU",
  modules: [],
  accessKeysAuthentication: "Disabled",
  persistence: { aofEnabled: false, rdbEnabled: false },
};

/** The settings that are asked for, over the present ones or the service's defaults. */
export function settingsFrom(asked: DatabaseProperties, present: DatabaseSettings = defaults): DatabaseSettings {
  return {
    clientProtocol: asked.clientProtocol ?? present.clientProtocol,
    port: asked.port ?? present.port,
    clusteringPolicy: asked.clusteringPolicy ?? present.clusteringPolicy,
    evictionPolicy: asked.evictionPolicy ?? present.evictionPolicy,
    modules:
      asked.modules?.map(({ name, args }) => (args === undefined ? { name } : { name, args })) ?? present.modules,
    accessKeysAuthentication: asked.accessKeysAuthentication ?? present.accessKeysAuthentication,
    persistence: asked.persistence
      ? { aofEnabled: asked.persistence.aofEnabled, rdbEnabled: asked.persistence.rdbEnabled }
      : present.persistence,
  };
}
