import type { CacheDoc } from "../model.ts";

/** ARM ids are compared without regard to case and shown in the service's own case. */
export function cacheId(doc: Pick<CacheDoc, "subscription" | "resourceGroup" | "displayName">): string {
  const group = `/subscriptions/${doc.subscription}/resourceGroups/${doc.resourceGroup}`;
  return `${group}/providers/Microsoft.Cache/Redis/${doc.displayName}`;
}

export type CacheRef = { readonly subscription: string; readonly resourceGroup: string; readonly name: string };

const pattern = /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.Cache\/redis\/([^/]+)$/i;

/** The parts of a cache's id, or undefined when it is not one. */
export function parseCacheId(id: string): CacheRef | undefined {
  const [, subscription, resourceGroup, name] = pattern.exec(id) ?? [];
  if (subscription === undefined || resourceGroup === undefined || name === undefined) return undefined;
  return { subscription, resourceGroup, name };
}

export function sameText(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

export function isAt(doc: Pick<CacheDoc, "subscription" | "resourceGroup">, ref: CacheRef): boolean {
  return sameText(doc.subscription, ref.subscription) && sameText(doc.resourceGroup, ref.resourceGroup);
}
