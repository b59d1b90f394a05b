import type { LinkDoc, PassiveCache } from "../model.ts";
import { skuGib } from "../sizes.ts";
import { refuse, type Rule } from "./refusal.ts";
import { p01LinkOf } from "./states.ts";

/** A request to link; a cache that does not exist never gets here. */
export type LinkRequest = {
  readonly primary: PassiveCache;
  readonly secondary: PassiveCache;
  readonly links: readonly LinkDoc[];
  readonly isRunning: (cache: string) => boolean;
};

/** P01: a link joins exactly one primary and one secondary cache. */
const p01TwoDifferentCaches: Rule<LinkRequest> = ({ primary, secondary }) =>
  primary.name === secondary.name
    ? refuse(400, "InvalidRequestBody", "A cache cannot be linked to itself.")
    : undefined;

/** P02: both caches must be Premium. */
const p02BothPremium: Rule<LinkRequest> = ({ primary, secondary }) =>
  [primary, secondary].some((cache) => cache.sku.name !== "Premium")
    ? refuse(400, "InvalidRequestBody", "Geo-replication is available only for Premium caches.")
    : undefined;

/** P03: both in the same subscription. */
const p03SameSubscription: Rule<LinkRequest> = ({ primary, secondary }) =>
  primary.subscription.toLowerCase() !== secondary.subscription.toLowerCase()
    ? refuse(400, "InvalidRequestBody", "Both caches must be in the same subscription.")
    : undefined;

/** P04: the secondary has the same size or a larger one. */
const p04SecondaryNotSmaller: Rule<LinkRequest> = ({ primary, secondary }) =>
  (skuGib(secondary.sku) ?? 0) < (skuGib(primary.sku) ?? 0)
    ? refuse(400, "InvalidRequestBody", "The secondary cache must be the same size as the primary cache or larger.")
    : undefined;

/** P05: both exist and run before they are linked. */
const p05BothRunning: Rule<LinkRequest> = ({ primary, secondary, isRunning }) => {
  const missing = [primary, secondary].find((it) => it.provisioningState !== "Succeeded" || !isRunning(it.name));
  return missing && refuse(409, "Conflict", `The cache ${missing.displayName} is not created and running yet.`);
};

/** P26: not more than two caches are linked. A link that is still going counts, but will be gone later. */
const p26NotYetLinked: Rule<LinkRequest> = ({ primary, secondary, links }) => {
  const link = p01LinkOf(primary.name, links) ?? p01LinkOf(secondary.name, links);
  if (link === undefined) return undefined;
  if (link.state === "Deleting") return refuse(409, "Conflict", "The cache is still being unlinked.");
  const reason = "Cannot create geo-replication link, since this cache is already linked to another cache.";
  return refuse(400, "InvalidRequestBody", reason);
};

export const linkingRules: readonly Rule<LinkRequest>[] = [
  p01TwoDifferentCaches,
  p02BothPremium,
  p03SameSubscription,
  p26NotYetLinked,
  p04SecondaryNotSmaller,
  p05BothRunning,
];
