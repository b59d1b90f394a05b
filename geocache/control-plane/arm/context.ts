import type { FastifyRequest } from "fastify";
import type { Caches } from "../caches.ts";
import type { CacheRuntime } from "../cache-runtime.ts";
import type { GeoLinks } from "../geo-links.ts";
import type { Groups } from "../groups/groups.ts";
import type { EnterpriseProfile } from "../groups/profiles.ts";
import type { PassiveCache } from "../model.ts";
import type { Operations } from "../operations.ts";
import type { Store } from "../store.ts";
import { ArmError } from "./errors.ts";
import { isAt, type CacheRef } from "./resource-ids.ts";

/** What the ARM routes work with. */
export type ArmContext = {
  readonly store: Store;
  readonly caches: Caches;
  readonly runtime: CacheRuntime;
  readonly geoLinks: GeoLinks;
  readonly groups: Groups;
  readonly profile: EnterpriseProfile;
  readonly operations: Operations;
  readonly memoryScale: number;
};

export const PROVIDER = "/subscriptions/:subscription/resourceGroups/:resourceGroup/providers/Microsoft.Cache/redis";
export const CACHE = `${PROVIDER}/:name`;

/** The fast timing profile: work takes as long as it takes, and clients ask again after a second. */
export const RETRY_AFTER_S = 1;

export function paramOf(request: FastifyRequest, name: string): string {
  return (request.params as Record<string, string>)[name] ?? "";
}

export function refOf(request: FastifyRequest): CacheRef {
  return {
    subscription: paramOf(request, "subscription"),
    resourceGroup: paramOf(request, "resourceGroup"),
    name: paramOf(request, "name"),
  };
}

export function findCache(context: ArmContext, ref: CacheRef): PassiveCache | undefined {
  const doc = context.store.caches.get(ref.name.toLowerCase());
  return doc?.service === "passive" && isAt(doc, ref) ? doc : undefined;
}

/** @throws ArmError 404 */
export function requireCache(context: ArmContext, ref: CacheRef): PassiveCache {
  const doc = findCache(context, ref);
  if (doc !== undefined) return doc;
  const what = `Microsoft.Cache/Redis/${ref.name}`;
  const message = `The Resource '${what}' under resource group '${ref.resourceGroup}' was not found.`;
  throw new ArmError(404, "ResourceNotFound", { message });
}

/** Address of an operation's status or result, absolute as ARM gives it, with the caller's api-version. */
export function operationUrl(
  request: FastifyRequest,
  kind: "asyncOperations" | "operationresults" | "operationsStatus",
  id: string,
): string {
  const version = (request.query as Record<string, string>)["api-version"] ?? "";
  const base = `https://${request.headers.host}/subscriptions/${paramOf(request, "subscription")}`;
  return `${base}/providers/Microsoft.Cache/locations/local/${kind}/${id}?api-version=${encodeURIComponent(version)}`;
}
