import type { FastifyReply, FastifyRequest } from "fastify";
import type { ClusterDoc } from "../../groups/model.ts";
import type { EnterpriseCache, OperationDoc } from "../../model.ts";
import type { Candidate } from "../../rules/member-settings.ts";
import type { Store } from "../../store.ts";
import { operationUrl, paramOf, refOf, RETRY_AFTER_S, type ArmContext } from "../context.ts";
import { ArmError, badRequest } from "../errors.ts";
import { isAt } from "../resource-ids.ts";

export const CLUSTERS =
  "/subscriptions/:subscription/resourceGroups/:resourceGroup/providers/Microsoft.Cache/redisEnterprise";
export const CLUSTER = `${CLUSTERS}/:name`;
export const DATABASES = `${CLUSTER}/databases`;
export const DATABASE = `${DATABASES}/:database`;

export function findCluster({ store }: ArmContext, request: FastifyRequest): ClusterDoc | undefined {
  const ref = refOf(request);
  const doc = store.clusters.get(ref.name.toLowerCase());
  return doc && isAt(doc, ref) ? doc : undefined;
}

/** @throws ArmError 404 */
export function requireCluster(context: ArmContext, request: FastifyRequest): ClusterDoc {
  return findCluster(context, request) ?? notFound(request, `redisEnterprise/${refOf(request).name}`);
}

export function findDatabase(context: ArmContext, request: FastifyRequest): EnterpriseCache | undefined {
  requireDefault(request);
  return databaseOf(context.store, findCluster(context, request)?.name ?? "");
}

/** @throws ArmError 404 */
export function requireDatabase(context: ArmContext, request: FastifyRequest): EnterpriseCache {
  const found = findDatabase(context, request);
  return found ?? notFound(request, `redisEnterprise/${refOf(request).name}/databases/default`);
}

export function databaseOf(store: Store, cluster: string): EnterpriseCache | undefined {
  const doc = store.caches.get(cluster);
  return doc?.service === "enterprise" ? doc : undefined;
}

/** A database as the rules compare it. */
export function candidateOf(store: Store, doc: EnterpriseCache): Candidate {
  const cluster = store.clusters.get(doc.name);
  if (cluster === undefined)
    throw new ArmError(404, "ResourceNotFound", { message: `There is no cluster ${doc.name}.` });
  return { id: databaseId(doc), cluster, settings: doc.settings };
}

export function clusterId(doc: Pick<ClusterDoc, "subscription" | "resourceGroup" | "displayName">): string {
  const group = `/subscriptions/${doc.subscription}/resourceGroups/${doc.resourceGroup}`;
  return `${group}/providers/Microsoft.Cache/redisEnterprise/${doc.displayName}`;
}

/** A18: the only form in which a member is named. */
export function databaseId(doc: Pick<ClusterDoc, "subscription" | "resourceGroup" | "displayName">): string {
  return `${clusterId(doc)}/databases/default`;
}

/** Of a long-running operation both addresses are given, below the resource as the real service does. */
export function withOperation(
  reply: FastifyReply,
  request: FastifyRequest,
  { operation, resource }: { readonly operation: OperationDoc; readonly resource: string },
): FastifyReply {
  const version = encodeURIComponent((request.query as Record<string, string>)["api-version"] ?? "");
  const result = `https://${request.headers.host}${resource}/operationresults/${operation.id}?api-version=${version}`;
  return reply
    .header("azure-asyncoperation", operationUrl(request, "operationsStatus", operation.id))
    .header("location", result)
    .header("retry-after", RETRY_AFTER_S);
}

/** A18: the one database of a cluster is called `default`. */
export function requireDefault(request: FastifyRequest): void {
  const given = paramOf(request, "database");
  if (given !== "default") throw badRequest("databaseName", `'${given}' must be 'default' (A18).`);
}

function notFound(request: FastifyRequest, what: string): never {
  const { resourceGroup } = refOf(request);
  const message = `The Resource 'Microsoft.Cache/${what}' under resource group '${resourceGroup}' was not found.`;
  throw new ArmError(404, "ResourceNotFound", { message });
}
