import { createHash } from "node:crypto";
import path from "node:path";

/** Every container and network of Lifeboat carries the id of its home; a cache's container its name as well. */
export const HOME_LABEL = "lifeboat.home";
export const CACHE_LABEL = "lifeboat.cache";

/** The same for as long as the folder has its path, also after it was deleted. */
export function homeId(home: string): string {
  return createHash("sha256").update(path.resolve(home)).digest("hex").slice(0, 16);
}

/** Filters of the engine's lists. */
export function labelFilter(home: string, cache?: string): { label: string[] } {
  const label = [`${HOME_LABEL}=${homeId(home)}`];
  return { label: cache === undefined ? label : [...label, `${CACHE_LABEL}=${cache}`] };
}
