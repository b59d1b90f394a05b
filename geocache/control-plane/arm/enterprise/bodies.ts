import type { ClusterDoc, GroupDoc } from "../../groups/model.ts";
import type { EnterpriseCache, OperationDoc } from "../../model.ts";
import { capacityOf } from "../../groups/sizes.ts";
import type { Store } from "../../store.ts";
import { clusterId, databaseId, databaseOf } from "./context.ts";

const resourceStates = {
  Creating: "Creating",
  Updating: "Updating",
  Succeeded: "Running",
  Deleting: "Deleting",
  Failed: "CreateFailed",
} as const;

/** A cluster as ARM shows it. */
export function clusterBody(doc: ClusterDoc) {
  return {
    id: clusterId(doc),
    name: doc.displayName,
    type: "Microsoft.Cache/redisEnterprise",
    location: doc.region,
    tags: doc.tags,
    sku: { name: doc.sku.name, ...(doc.sku.capacity === null ? {} : { capacity: capacityOf(doc.sku) ?? null }) },
    zones: doc.zones,
    properties: {
      provisioningState: doc.provisioningState,
      resourceState: resourceStates[doc.provisioningState],
      hostName: `${doc.name}.${doc.region}.redisenterprise.lifeboat.test`,
      redisVersion: "7.0",
      minimumTlsVersion: doc.minimumTlsVersion,
      highAvailability: doc.highAvailability,
      publicNetworkAccess: doc.publicNetworkAccess,
      privateEndpointConnections: [],
    },
  };
}

/** A database as ARM shows it (A30, A31). */
export function databaseBody(store: Store, doc: EnterpriseCache) {
  const { modules, ...settings } = doc.settings;
  return {
    id: databaseId(doc),
    name: "default",
    type: "Microsoft.Cache/redisEnterprise/databases",
    properties: {
      provisioningState: doc.provisioningState,
      resourceState: resourceStates[doc.provisioningState],
      ...settings,
      modules: modules.map((module) => ({ ...module, version: "" })),
      redisVersion: "7.0",
      deferUpgrade: "NotDeferred",
      ...(doc.group === null ? {} : { geoReplication: geoReplication(store, doc, doc.group) }),
    },
  };
}

/** A32: who takes part, and how far each has come. A member that was force-unlinked shows what it last knew (A24). */
function geoReplication(store: Store, doc: EnterpriseCache, groupNickname: string) {
  const group = store.groups.get(groupNickname);
  const states = linkStates(group ?? { members: [], former: [] }, doc);
  const linkedDatabases = states.flatMap(({ cache, state }) => {
    const member = databaseOf(store, cache);
    return member === undefined ? [] : [{ id: databaseId(member), state }];
  });
  return { groupNickname, linkedDatabases };
}

function linkStates(
  group: Pick<GroupDoc, "members" | "former">,
  doc: EnterpriseCache,
): { cache: string; state: string }[] {
  const former = group.former.find((one) => one.cache === doc.name);
  if (former) return former.members.map((cache) => ({ cache, state: "Unlinking" }));
  const members = group.members.map(({ cache, linkState }) => ({ cache, state: linkState as string }));
  if (members.some(({ cache }) => cache === doc.name)) return members;
  return [...members, { cache: doc.name, state: doc.provisioningState === "Failed" ? "LinkFailed" : "Linking" }];
}

export function operationStatusBody(id: string, operation: OperationDoc) {
  const { status, startTime, endTime, error } = operation;
  return { id, name: operation.id, startTime, endTime, status, ...(error === null ? {} : { error }) };
}
