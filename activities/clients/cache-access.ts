import { cacheAccessSchema, resolutionSchema } from "../../contracts/lab.ts";
import type { ActivityDeps } from "../deps.ts";
import type { RedisLogin } from "./redis-client.ts";

/** How a client in a region (or at the edge) reaches a cache, with the user that clients have. @throws NOT_FOUND */
export async function cacheLogin(deps: ActivityDeps, from: string, cache: string): Promise<RedisLogin> {
  const [resolution, access] = await Promise.all([
    deps.lab.call({
      method: "GET",
      path: `/lab/resolve?from=${encodeURIComponent(from)}&cache=${encodeURIComponent(cache)}`,
      answer: resolutionSchema,
    }),
    deps.lab.call({
      method: "GET",
      path: `/lab/caches/${encodeURIComponent(cache)}/access`,
      answer: cacheAccessSchema,
    }),
  ]);
  return { endpoint: resolution.endpoint, username: access.username, password: access.password };
}
