import { isKnownSku, type EnterpriseSku } from "../groups/sizes.ts";
import { refuseField, type Rule } from "./refusal.ts";

/** A05: active groups are for the Enterprise tiers and their successors. */
export const a05EnterpriseTier: Rule<EnterpriseSku> = (sku) =>
  isKnownSku(sku)
    ? undefined
    : refuseField("A05", "sku.name", `'${sku.name}' must be a size of the Enterprise tiers, such as Enterprise_E10.`);

/** A05: a cache of the older service is in no active group. */
export const a05NoGroupOfPassiveCaches: Rule<{ properties: Readonly<Record<string, unknown>> }> = ({ properties }) =>
  properties["geoReplication"] === undefined
    ? undefined
    : refuseField("A05", "properties.geoReplication", "must be left out: only Microsoft.Cache/redisEnterprise has it.");
