import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { freePort } from "../../../../base/free-port.ts";
import { newGroup } from "../../groups/membership.ts";
import type { ClusterDoc } from "../../groups/model.ts";
import { scaledBytes } from "../../groups/sizes.ts";
import type { EnterpriseCache } from "../../model.ts";
import { a10SameSettings, refusalOfSettings } from "../../rules/member-settings.ts";
import { a09OnlyAtCreation } from "../../rules/relinking.ts";
import { a19ClusteringPolicyStays } from "../../rules/grouping.ts";
import { parseBody } from "../body.ts";
import type { ArmContext } from "../context.ts";
import { allow, ArmError, badRequest } from "../errors.ts";
import { memoryScaleOf } from "../scale-tag.ts";
import { databaseBody } from "./bodies.ts";
import {
  candidateOf,
  DATABASE,
  databaseId,
  databaseOf,
  DATABASES,
  findDatabase,
  requireCluster,
  requireDatabase,
  requireDefault,
  withOperation,
} from "./context.ts";
import { databaseSchema, settingsFrom, type DatabaseProperties } from "./database-request.ts";
import { allowToJoin } from "./group-requests.ts";
import { allowToLeave, busy } from "./leaving.ts";

export function addDatabaseRoutes(arm: FastifyInstance, context: ArmContext): void {
  const { store } = context;
  arm.put(DATABASE, (request, reply) => putDatabase(context, request, reply));
  arm.patch(DATABASE, (request, reply) => patchDatabase(context, request, reply));
  arm.delete(DATABASE, (request, reply) => deleteDatabase(context, request, reply));
  arm.get(DATABASE, (request) => databaseBody(store, requireDatabase(context, request)));
  arm.get(DATABASES, (request) => {
    const doc = databaseOf(store, requireCluster(context, request).name);
    return { value: doc === undefined ? [] : [databaseBody(store, doc)] };
  });
}

async function putDatabase(context: ArmContext, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { store, operations } = context;
  requireDefault(request);
  const cluster = requireCluster(context, request);
  const { properties } = parseBody(databaseSchema, request.body);
  const existing = databaseOf(store, cluster.name);
  if (existing && existing.provisioningState !== "Failed") {
    requireSame(existing, properties);
    return reply.status(200).send(databaseBody(store, existing));
  }
  const doc = await newDatabase(context, cluster, properties);
  const asked = properties.geoReplication;
  const lookAgain = asked && (await allowToJoin(context, doc, asked));
  lookAgain?.();
  const rival = databaseOf(store, cluster.name);
  if (rival && rival.provisioningState !== "Failed") throw busy(rival);
  if (asked && !store.groups.get(asked.groupNickname)) {
    store.groups.put(asked.groupNickname, newGroup(asked.groupNickname, doc.name));
  }
  context.caches.note(doc);
  const operation = operations.begin({ kind: "create-database", subject: doc.name, peer: null });
  return withOperation(reply, request, { operation, resource: databaseId(doc) })
    .status(201)
    .send(databaseBody(store, doc));
}

async function newDatabase(
  context: ArmContext,
  cluster: ClusterDoc,
  asked: DatabaseProperties,
): Promise<EnterpriseCache> {
  const settings = settingsFrom(asked);
  const isMember = asked.geoReplication !== undefined;
  return {
    service: "enterprise",
    name: cluster.name,
    displayName: cluster.displayName,
    subscription: cluster.subscription,
    resourceGroup: cluster.resourceGroup,
    region: cluster.region,
    tags: cluster.tags,
    provisioningState: "Creating",
    maxmemoryBytes: scaledBytes(cluster.sku, memoryScaleOf(cluster.tags, context.memoryScale)),
    direct: null,
    settings,
    group: asked.geoReplication?.groupNickname ?? null,
    ports: isMember ? await memberPorts() : null,
  };
}

/** Two that are free and differ. */
export async function memberPorts(): Promise<{ exchange: number; control: number }> {
  const exchange = await freePort();
  for (;;) {
    const control = await freePort();
    if (control !== exchange) return { exchange, control };
  }
}

/** A repeated request changes nothing. @throws ArmError for any other */
function requireSame(existing: EnterpriseCache, asked: DatabaseProperties): void {
  if (existing.provisioningState === "Deleting") throw busy(existing);
  allow(a09OnlyAtCreation({ existing, given: asked.geoReplication }));
  const settings = settingsFrom(asked, existing.settings);
  if (JSON.stringify(settings) !== JSON.stringify(existing.settings)) {
    const message = `The database of ${existing.displayName} exists with other settings.`;
    throw new ArmError(409, "Conflict", { message });
  }
}

function patchDatabase(context: ArmContext, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { store, operations, profile } = context;
  const existing = requireDatabase(context, request);
  const { properties: asked } = parseBody(databaseSchema, request.body);
  if (existing.provisioningState !== "Succeeded") throw busy(existing);
  allow(a09OnlyAtCreation({ existing, given: asked.geoReplication }));
  const settings = settingsFrom(asked, existing.settings);
  allow(a19ClusteringPolicyStays({ from: existing.settings, to: settings }));
  if (JSON.stringify(settings.modules) !== JSON.stringify(existing.settings.modules)) {
    throw badRequest("properties.modules", "must be left out: modules are chosen at creation.");
  }
  const changed = { ...existing, settings };
  if (existing.group !== null) {
    const own = candidateOf(store, changed);
    allow(refusalOfSettings({ ...own, profile }));
    allow(a10SameSettings({ own, member: candidateOf(store, existing) }));
  }
  store.caches.put(existing.name, { ...changed, provisioningState: "Updating" });
  const operation = operations.begin({ kind: "update", subject: existing.name, peer: null });
  return withOperation(reply, request, { operation, resource: databaseId(existing) })
    .status(202)
    .send();
}

async function deleteDatabase(
  context: ArmContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const doc = findDatabase(context, request);
  if (doc === undefined) return reply.status(204).send();
  await allowToLeave(context, doc);
  const operation = context.operations.begin({ kind: "delete-database", subject: doc.name, peer: null });
  return withOperation(reply, request, { operation, resource: databaseId(doc) })
    .status(202)
    .send();
}
