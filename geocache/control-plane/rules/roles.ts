import type { LinkDoc } from "../model.ts";
import { p01LinkOf } from "./states.ts";

export type Role = "standalone" | "primary" | "secondary";

/**
 * P38: roles follow from the link alone, never from who is alive: there is no automatic failover.
 * P33, P39: once a link is going, both caches are regular ones, whatever the primary says about it.
 */
export function p38RoleOf(cache: string, links: readonly LinkDoc[]): Role {
  const link = p01LinkOf(cache, links);
  if (link === undefined || link.state === "Deleting" || link.state === "Failed") return "standalone";
  return link.primary === cache ? "primary" : "secondary";
}

/**
 * P30, P32: linking and unlinking touch the secondary alone; the primary serves on.
 * P36: nobody waits for what the secondary lacks.
 */
export function p30TouchedByLink(link: LinkDoc): string {
  return link.secondary;
}

/**
 * Whether the platform may restart a dead cache by itself. It comes back empty, and a secondary that still follows it
 * would then be wiped (P17): that takes an operator's forceReboot, or an unlink that has ended.
 */
export function p17MayRestartEmpty(cache: string, links: readonly LinkDoc[]): boolean {
  return !links.some((link) => link.primary === cache);
}
