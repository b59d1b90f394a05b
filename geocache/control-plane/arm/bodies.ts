import type { CacheDoc, LinkDoc, OperationDoc, PassiveCache } from "../model.ts";
import { p01LinkOf, p29ProvisioningState, peerRole } from "../rules/states.ts";
import type { Store } from "../store.ts";
import { cacheId } from "./resource-ids.ts";

/** A cache as ARM shows it. */
export function cacheBody(store: Store, doc: PassiveCache) {
  const link = p01LinkOf(doc.name, store.links.all());
  return {
    id: cacheId(doc),
    name: doc.displayName,
    type: "Microsoft.Cache/Redis",
    location: doc.region,
    tags: doc.tags,
    properties: {
      provisioningState: p29ProvisioningState(doc, link),
      redisVersion: "7.0",
      sku: doc.sku,
      enableNonSslPort: true,
      publicNetworkAccess: "Enabled",
      redisConfiguration: {},
      accessKeys: null,
      hostName: hostName(doc),
      port: 6379,
      sslPort: 6380,
      instances: [{ isMaster: true, isPrimary: true, sslPort: 15_000 }],
      linkedServers: link === undefined ? [] : [{ id: linkId(store, doc, link) }],
    },
  };
}

/** A link as seen from one of its caches. */
export function linkBody(store: Store, own: CacheDoc, link: LinkDoc) {
  const peer = store.caches.get(peerName(own, link));
  const primary = store.caches.get(link.primary);
  return {
    id: linkId(store, own, link),
    name: peer?.displayName ?? peerName(own, link),
    type: "Microsoft.Cache/Redis/linkedServers",
    properties: {
      provisioningState: link.state,
      linkedRedisCacheId: peer === undefined ? "" : cacheId(peer),
      linkedRedisCacheLocation: peer?.region ?? "",
      serverRole: peerRole(link, own.name),
      primaryHostName: primary === undefined ? "" : hostName(primary),
      geoReplicatedPrimaryHostName: primary === undefined ? "" : `${primary.name}.geo.lifeboat.test`,
    },
  };
}

export function operationBody(id: string, operation: OperationDoc) {
  const { status, startTime, endTime, error } = operation;
  return { id, name: operation.id, status, startTime, endTime, percentComplete: null, properties: null, error };
}

function linkId(store: Store, own: CacheDoc, link: LinkDoc): string {
  const peer = store.caches.get(peerName(own, link));
  return `${cacheId(own)}/linkedServers/${peer?.displayName ?? peerName(own, link)}`;
}

function peerName(own: CacheDoc, link: LinkDoc): string {
  return link.primary === own.name ? link.secondary : link.primary;
}

/** A name only; the lab API says where each place reaches it. */
function hostName(doc: CacheDoc): string {
  return `${doc.name}.redis.lifeboat.test`;
}
