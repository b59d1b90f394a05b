import type { CacheDoc, LinkDoc } from "../model.ts";

/** P29: while a link comes or goes, both caches say so. */
export function p29ProvisioningState(cache: CacheDoc, link: LinkDoc | undefined): string {
  if (cache.provisioningState !== "Succeeded") return cache.provisioningState;
  if (link?.state === "Creating") return "Linking";
  if (link?.state === "Deleting") return "Unlinking";
  return "Succeeded";
}

/** P01: the one link a cache takes part in. */
export function p01LinkOf(cache: string, links: readonly LinkDoc[]): LinkDoc | undefined {
  return links.find((link) => link.primary === cache || link.secondary === cache);
}

/** How the service words a link seen from one of its ends: `serverRole` describes the peer. */
export function peerRole(link: LinkDoc, own: string): "Primary" | "Secondary" {
  return link.primary === own ? "Secondary" : "Primary";
}
