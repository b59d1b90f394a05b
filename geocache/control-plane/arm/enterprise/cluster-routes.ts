import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { nameSchema } from "../../../../contracts/endpoint.ts";
import type { ClusterDoc } from "../../groups/model.ts";
import { capacityOf } from "../../groups/sizes.ts";
import { a05EnterpriseTier } from "../../rules/tiers.ts";
import { parseBody } from "../body.ts";
import { paramOf, refOf, type ArmContext } from "../context.ts";
import { allow, ArmError, badRequest } from "../errors.ts";
import { sameText } from "../resource-ids.ts";
import { memoryScaleOf } from "../scale-tag.ts";
import { clusterBody } from "./bodies.ts";
import { CLUSTER, CLUSTERS, clusterId, databaseOf, findCluster, requireCluster, withOperation } from "./context.ts";
import { allowToLeave } from "./leaving.ts";

const tagsSchema = z.record(z.string(), z.string()).default({});
const createSchema = z.looseObject({
  location: z.string().min(1),
  tags: tagsSchema,
  zones: z.array(z.string()).default([]),
  sku: z.looseObject({ name: z.string(), capacity: z.int().nullish() }),
  properties: z
    .looseObject({
      minimumTlsVersion: z.enum(["1.0", "1.1", "1.2"]).default("1.2"),
      highAvailability: z.enum(["Enabled", "Disabled"]).default("Enabled"),
      publicNetworkAccess: z.enum(["Enabled", "Disabled"]).default("Enabled"),
    })
    .prefault({}),
});
type CreateRequest = z.infer<typeof createSchema>;
const updateSchema = z.looseObject({ tags: tagsSchema });

export function addClusterRoutes(arm: FastifyInstance, context: ArmContext): void {
  const { store } = context;
  const listOf = (keep: (doc: ClusterDoc) => boolean) => ({
    value: store.clusters
      .all()
      .filter(keep)
      .map((doc) => clusterBody(doc)),
  });
  arm.put(CLUSTER, (request, reply) => putCluster(context, request, reply));
  arm.get(CLUSTER, (request) => clusterBody(requireCluster(context, request)));
  arm.patch(CLUSTER, (request, reply) => patchCluster(context, request, reply));
  arm.delete(CLUSTER, (request, reply) => deleteCluster(context, request, reply));
  arm.get(CLUSTERS, (request) => {
    const { subscription, resourceGroup } = refOf(request);
    return listOf((doc) => sameText(doc.subscription, subscription) && sameText(doc.resourceGroup, resourceGroup));
  });
  arm.get("/subscriptions/:subscription/providers/Microsoft.Cache/redisEnterprise", (request) =>
    listOf((doc) => sameText(doc.subscription, paramOf(request, "subscription"))),
  );
}

function putCluster(context: ArmContext, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { store } = context;
  const doc = newCluster(context, request, parseBody(createSchema, request.body));
  const existing = store.clusters.get(doc.name);
  const conflict = (code: string, reason: string): ArmError =>
    new ArmError(409, code, { message: `The cluster ${doc.displayName} ${reason}.` });
  if (existing ? !findCluster(context, request) : store.caches.get(doc.name)) {
    throw conflict("NameNotAvailable", "exists elsewhere: names are unique");
  }
  if (existing?.provisioningState === "Deleting") throw conflict("Conflict", "is being deleted");
  if (existing && JSON.stringify({ ...existing, tags: 0 }) !== JSON.stringify({ ...doc, tags: 0 })) {
    throw conflict("Conflict", "exists with another location, size or setting");
  }
  store.clusters.put(doc.name, doc);
  return reply.status(existing ? 200 : 201).send(clusterBody(doc));
}

/** Tags alone: everything else of a cluster stays as it was created. */
function patchCluster(context: ArmContext, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const doc = requireCluster(context, request);
  const { tags, ...others } = parseBody(updateSchema, request.body);
  const [field] = Object.keys(others).filter((name) => (others as Record<string, unknown>)[name] !== undefined);
  if (field !== undefined) throw badRequest(field, "must be left out: only tags of a cluster can be changed.");
  memoryScaleOf(tags, context.memoryScale);
  const changed = { ...doc, tags };
  context.store.clusters.put(doc.name, changed);
  return reply.status(200).send(clusterBody(changed));
}

async function deleteCluster(context: ArmContext, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const found = findCluster(context, request);
  if (found === undefined) return reply.status(204).send();
  const database = databaseOf(context.store, found.name);
  if (database) await allowToLeave(context, database);
  const operation = context.operations.begin({ kind: "delete-cluster", subject: found.name, peer: null });
  return withOperation(reply, request, { operation, resource: clusterId(found) })
    .status(202)
    .send();
}

function newCluster(context: ArmContext, request: FastifyRequest, wanted: CreateRequest): ClusterDoc {
  const { subscription, resourceGroup, name } = refOf(request);
  const key = nameSchema.safeParse(name.toLowerCase());
  if (!key.success || name.includes("--")) {
    const reason = "must be 1–40 letters, digits or single inner hyphens";
    throw new ArmError(400, "InvalidResourceName", { message: `name: '${name}' ${reason}.`, target: "name" });
  }
  const region = wanted.location.toLowerCase().replaceAll(" ", "");
  if (context.store.regions.get(region) === undefined) {
    const message = `location: '${wanted.location}' is not known.`;
    throw new ArmError(400, "LocationNotAvailableForResourceType", { message, target: "location" });
  }
  memoryScaleOf(wanted.tags, context.memoryScale);
  const { minimumTlsVersion, highAvailability, publicNetworkAccess } = wanted.properties;
  return {
    name: key.data,
    displayName: name,
    subscription,
    resourceGroup,
    region,
    sku: skuOf(wanted),
    zones: wanted.zones,
    tags: wanted.tags,
    minimumTlsVersion,
    highAvailability,
    publicNetworkAccess,
    provisioningState: "Succeeded",
  };
}

function skuOf({ sku }: CreateRequest): ClusterDoc["sku"] {
  const asked = { name: sku.name, capacity: sku.capacity ?? null };
  allow(a05EnterpriseTier(asked));
  const capacity = capacityOf(asked);
  if (capacity === undefined) {
    const right = "must be 2, 4, 6, … for Enterprise, 3, 9, 15, … for EnterpriseFlash and left out otherwise";
    throw badRequest("sku.capacity", `'${asked.capacity}' ${right}.`);
  }
  return { name: asked.name, capacity };
}
