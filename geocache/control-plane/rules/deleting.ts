import type { CacheDoc, LinkDoc } from "../model.ts";
import { refuse, type Rule } from "./refusal.ts";

/** P24: a linked cache cannot be deleted until it is unlinked. */
export const p24DeleteOnlyUnlinked: Rule<{ cache: CacheDoc; links: readonly LinkDoc[] }> = ({ cache, links }) =>
  links.some((link) => link.primary === cache.name || link.secondary === cache.name)
    ? refuse(409, "Conflict", "Cache is currently linked. Remove the geo-replication link before deleting the cache.")
    : undefined;
