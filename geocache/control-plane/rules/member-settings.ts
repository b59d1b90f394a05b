import type { ClusterDoc, DatabaseSettings } from "../groups/model.ts";
import type { EnterpriseProfile } from "../groups/profiles.ts";
import { isFlash, tierOf } from "../groups/sizes.ts";
import { firstRefusal, refuseField, type Refusal, type Rule } from "./refusal.ts";

/** A database that is, or wants to be, a member. */
export type Candidate = {
  /** Its id as ARM shows it; ids of linked databases are compared letter by letter. */
  readonly id: string;
  readonly cluster: ClusterDoc;
  readonly settings: DatabaseSettings;
};

type Asked = Candidate & { readonly profile: EnterpriseProfile };

/** A06: of the modules only RediSearch and RedisJSON. */
const a06OnlyTwoModules: Rule<Asked> = ({ settings }) => {
  const other = settings.modules.find(({ name }) => !["RediSearch", "RedisJSON"].includes(name));
  return other && refuseField("A06", "properties.modules", `'${other.name}' must be RediSearch or RedisJSON.`);
};

/** A07: flash evicts nothing; the later reading limits sizes and asks for high availability too. */
const a07SizeAndEviction: Rule<Asked> = ({ settings, cluster, profile }) => {
  const policy = "properties.evictionPolicy";
  const mustBe = `'${settings.evictionPolicy}' must be NoEviction`;
  const { name } = cluster.sku;
  if (profile === "managed-2025") {
    if (["Balanced_B0", "Balanced_B1"].includes(name) || tierOf(cluster.sku) === "FlashOptimized") {
      return refuseField("A07", "sku.name", `'${name}' must be a size from Balanced_B3 on, and not FlashOptimized.`);
    }
    if (cluster.highAvailability === "Disabled") {
      return refuseField("A07", "properties.highAvailability", "'Disabled' must be Enabled for a member.");
    }
    const searches = settings.modules.some((module) => module.name === "RediSearch");
    if (searches && settings.evictionPolicy !== "NoEviction") {
      return refuseField("A07", policy, `${mustBe} with RediSearch.`);
    }
  }
  const evicts = isFlash(cluster.sku) && settings.evictionPolicy !== "NoEviction";
  return evicts ? refuseField("A07", policy, `${mustBe} on ${name}.`) : undefined;
};

/** A08: a member has no persistence. */
const a08NoPersistence: Rule<Asked> = ({ settings }) => {
  const { aofEnabled, rdbEnabled } = settings.persistence;
  const field = aofEnabled ? "aofEnabled" : "rdbEnabled";
  return aofEnabled || rdbEnabled
    ? refuseField("A08", `properties.persistence.${field}`, "'true' must be false: a member has no persistence.")
    : undefined;
};

export function refusalOfSettings(asked: Asked): Refusal | undefined {
  return firstRefusal([a06OnlyTwoModules, a07SizeAndEviction, a08NoPersistence], asked);
}

/** A10: what all members of a group have alike, by the names of ARM. */
function comparedFields({ cluster, settings }: Candidate): Record<string, unknown> {
  return {
    "sku.name": cluster.sku.name,
    "sku.capacity": cluster.sku.capacity,
    "properties.highAvailability": cluster.highAvailability,
    "properties.minimumTlsVersion": cluster.minimumTlsVersion,
    "properties.evictionPolicy": settings.evictionPolicy,
    "properties.clusteringPolicy": settings.clusteringPolicy,
    "properties.clientProtocol": settings.clientProtocol,
    "properties.modules": settings.modules.map(({ name }) => name).toSorted(),
  };
}

/** A10: the first field in which the two differ. */
export const a10SameSettings: Rule<{ own: Candidate; member: Candidate }> = ({ own, member }) => {
  const theirs = comparedFields(member);
  for (const [field, value] of Object.entries(comparedFields(own))) {
    const [is, mustBe] = [JSON.stringify(value), JSON.stringify(theirs[field])];
    if (is !== mustBe)
      return refuseField("A10", field, `${is} must be ${mustBe}, as all members of the group have it.`);
  }
  return undefined;
};
