import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { nameSchema } from "../../../contracts/endpoint.ts";
import { secretsOf } from "../cache-runtime.ts";
import { skuSchema, type PassiveCache, type Sku } from "../model.ts";
import { p24DeleteOnlyUnlinked } from "../rules/deleting.ts";
import { a05NoGroupOfPassiveCaches } from "../rules/tiers.ts";
import { scaledMaxmemoryBytes, skuGib } from "../sizes.ts";
import { cacheBody } from "./bodies.ts";
import {
  CACHE,
  findCache,
  operationUrl,
  paramOf,
  PROVIDER,
  refOf,
  requireCache,
  RETRY_AFTER_S,
  type ArmContext,
} from "./context.ts";
import { parseBody } from "./body.ts";
import { allow, ArmError, badRequest } from "./errors.ts";
import { isAt, sameText } from "./resource-ids.ts";
import { memoryScaleOf } from "./scale-tag.ts";

const rebootSchema = z.looseObject({
  rebootType: z.literal("AllNodes", { error: "must be AllNodes: a local cache is one node." }),
});

const createSchema = z.looseObject({
  location: z.string().min(1),
  tags: z.record(z.string(), z.string()).default({}),
  properties: z.looseObject({ sku: z.looseObject({ name: z.string(), family: z.string(), capacity: z.int() }) }),
});
type CreateRequest = z.infer<typeof createSchema>;

export function addCacheRoutes(arm: FastifyInstance, context: ArmContext): void {
  const { store, caches } = context;
  const listOf = (keep: (doc: PassiveCache) => boolean) => ({
    value: store.caches
      .all()
      .filter((doc) => doc.service === "passive")
      .filter(keep)
      .map((doc) => cacheBody(store, doc)),
  });

  arm.put(CACHE, (request, reply) => putCache(context, request, reply));
  arm.get(CACHE, (request) => cacheBody(store, requireCache(context, refOf(request))));
  arm.delete(CACHE, (request, reply) => deleteCache(context, request, reply));

  arm.get(PROVIDER, (request) => {
    const { subscription, resourceGroup } = refOf(request);
    return listOf((doc) => sameText(doc.subscription, subscription) && sameText(doc.resourceGroup, resourceGroup));
  });
  arm.get("/subscriptions/:subscription/providers/Microsoft.Cache/redis", (request) =>
    listOf((doc) => sameText(doc.subscription, paramOf(request, "subscription"))),
  );
  arm.post(`${CACHE}/listKeys`, (request) => {
    const { name } = requireCache(context, refOf(request));
    const { clientPassword } = secretsOf(store, name);
    return { primaryKey: clientPassword, secondaryKey: clientPassword };
  });
  arm.post(`${CACHE}/forceReboot`, async (request) => {
    const { name } = requireCache(context, refOf(request));
    parseBody(rebootSchema, request.body);
    await caches.forceReboot(name);
    return { message: `${name} was rebooted; its memory is lost.` };
  });
}

function putCache(context: ArmContext, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const wanted = parseBody(createSchema, request.body);
  allow(a05NoGroupOfPassiveCaches(wanted));
  const doc = newCache(context, request, wanted);
  const existing = existingAs(context, doc);
  if (existing?.provisioningState === "Creating" || existing?.provisioningState === "Succeeded") {
    return reply.status(200).send(cacheBody(context.store, existing));
  }
  context.caches.note(doc);
  const operation = context.operations.begin({ kind: "create-cache", subject: doc.name, peer: null });
  return reply
    .status(201)
    .header("azure-asyncoperation", operationUrl(request, "asyncOperations", operation.id))
    .header("retry-after", RETRY_AFTER_S)
    .send(cacheBody(context.store, doc));
}

function deleteCache(context: ArmContext, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const cache = findCache(context, refOf(request));
  if (cache === undefined) return reply.status(204).send();
  allow(p24DeleteOnlyUnlinked({ cache, links: context.store.links.all() }));
  const operation = context.operations.begin({ kind: "delete-cache", subject: cache.name, peer: null });
  return reply
    .status(202)
    .header("location", operationUrl(request, "operationresults", operation.id))
    .header("retry-after", RETRY_AFTER_S)
    .send();
}

/** A repeated request changes nothing, or tries again what failed. @throws ArmError 409 for any other */
function existingAs({ store }: ArmContext, doc: PassiveCache): PassiveCache | undefined {
  const conflict = (code: string, reason: string): ArmError =>
    new ArmError(409, code, { message: `The cache ${doc.displayName} ${reason}.` });
  const elsewhere = (): ArmError => conflict("NameNotAvailable", "exists elsewhere: names are unique");
  if (store.clusters.get(doc.name)) throw elsewhere();
  const existing = store.caches.get(doc.name);
  if (existing === undefined) return undefined;
  if (existing.service !== "passive" || !isAt(existing, doc)) throw elsewhere();
  if (existing.provisioningState === "Deleting") throw conflict("Conflict", "is being deleted");
  if (existing.region !== doc.region || JSON.stringify(existing.sku) !== JSON.stringify(doc.sku)) {
    throw conflict("Conflict", "exists with another location or size");
  }
  return existing;
}

function newCache(context: ArmContext, request: FastifyRequest, wanted: CreateRequest): PassiveCache {
  const { subscription, resourceGroup, name } = refOf(request);
  const key = nameSchema.safeParse(name.toLowerCase());
  if (!key.success) {
    const reason = key.error.issues[0]?.message ?? "is not valid";
    throw new ArmError(400, "InvalidResourceName", { message: `name: '${name}' ${reason}.`, target: "name" });
  }
  const region = wanted.location.toLowerCase().replaceAll(" ", "");
  if (context.store.regions.get(region) === undefined) {
    const message = `location: '${wanted.location}' is not known.`;
    throw new ArmError(400, "LocationNotAvailableForResourceType", { message, target: "location" });
  }
  const sku = parseSku(wanted.properties.sku);
  return {
    service: "passive",
    name: key.data,
    displayName: name,
    subscription,
    resourceGroup,
    region,
    sku,
    tags: wanted.tags,
    provisioningState: "Creating",
    maxmemoryBytes: scaledMaxmemoryBytes(sku, memoryScaleOf(wanted.tags, context.memoryScale)),
    direct: null,
  };
}

function parseSku(given: CreateRequest["properties"]["sku"]): Sku {
  const parsed = skuSchema.safeParse({ ...given, family: given.family.toUpperCase() });
  const sku = parsed.success ? parsed.data : undefined;
  const familyFits = sku && (sku.name === "Premium") === (sku.family === "P");
  if (sku === undefined || !familyFits || skuGib(sku) === undefined) {
    throw badRequest("properties.sku", `there is no size ${given.name} ${given.family}${given.capacity}.`);
  }
  return sku;
}
