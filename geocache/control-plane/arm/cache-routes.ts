import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { nameSchema } from "../../../contracts/endpoint.ts";
import { secretsOf } from "../cache-runtime.ts";
import { skuSchema, type CacheDoc, type Sku } from "../model.ts";
import { p24DeleteOnlyUnlinked } from "../rules/deleting.ts";
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
import { allow, ArmError, badRequest } from "./errors.ts";
import { sameText } from "./resource-ids.ts";

/** A tag by which a caller chooses the scale of one cache's memory; the real service takes it for a label. */
const SCALE_TAG = "lifeboat-memory-scale";

const createSchema = z.looseObject({
  location: z.string().min(1),
  tags: z.record(z.string(), z.string()).default({}),
  properties: z.looseObject({ sku: z.looseObject({ name: z.string(), family: z.string(), capacity: z.int() }) }),
});
type CreateRequest = z.infer<typeof createSchema>;

export function addCacheRoutes(arm: FastifyInstance, context: ArmContext): void {
  const { store, caches } = context;
  const listOf = (keep: (doc: CacheDoc) => boolean) => ({
    value: store.caches
      .all()
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
    if ((request.body as { rebootType?: string } | undefined)?.rebootType !== "AllNodes") {
      throw badRequest("rebootType must be AllNodes: a local cache is one node.");
    }
    await caches.forceReboot(name);
    return { message: `${name} was rebooted; its memory is lost.` };
  });
}

function putCache(context: ArmContext, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const wanted = parseCreate(request.body);
  const doc = newCache(context, request, wanted);
  const existing = context.store.caches.get(doc.name);
  if (existing !== undefined) return answerExisting(context, existing, { doc, reply });
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

/** A repeated request changes nothing; a different one for the same name is refused. */
function answerExisting(
  context: ArmContext,
  existing: CacheDoc,
  asked: { doc: CacheDoc; reply: FastifyReply },
): FastifyReply {
  const { doc, reply } = asked;
  if (!sameText(existing.subscription, doc.subscription) || !sameText(existing.resourceGroup, doc.resourceGroup)) {
    throw new ArmError(409, "NameNotAvailable", `The name ${doc.displayName} is already in use.`);
  }
  if (existing.region !== doc.region || JSON.stringify(existing.sku) !== JSON.stringify(doc.sku)) {
    throw new ArmError(409, "Conflict", `The cache ${doc.displayName} exists with another location or size.`);
  }
  return reply.status(200).send(cacheBody(context.store, existing));
}

function newCache(context: ArmContext, request: FastifyRequest, wanted: CreateRequest): CacheDoc {
  const { subscription, resourceGroup, name } = refOf(request);
  const key = nameSchema.safeParse(name.toLowerCase());
  if (!key.success) throw new ArmError(400, "InvalidName", `The name '${name}' is not valid.`);
  const region = wanted.location.toLowerCase().replaceAll(" ", "");
  if (context.store.regions.get(region) === undefined) {
    throw new ArmError(400, "LocationNotAvailableForResourceType", `The location '${wanted.location}' is not known.`);
  }
  const sku = parseSku(wanted.properties.sku);
  return {
    name: key.data,
    displayName: name,
    subscription,
    resourceGroup,
    region,
    sku,
    tags: wanted.tags,
    provisioningState: "Creating",
    maxmemoryBytes: scaledMaxmemoryBytes(sku, scaleOf(wanted.tags, context.memoryScale)),
    direct: null,
  };
}

function parseCreate(body: unknown): CreateRequest {
  const parsed = createSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw badRequest(`${issue?.path.join(".") || "body"}: ${issue?.message ?? "is not valid"}`);
}

function parseSku(given: CreateRequest["properties"]["sku"]): Sku {
  const parsed = skuSchema.safeParse({ ...given, family: given.family.toUpperCase() });
  const sku = parsed.success ? parsed.data : undefined;
  const familyFits = sku && (sku.name === "Premium") === (sku.family === "P");
  if (sku === undefined || !familyFits || skuGib(sku) === undefined) {
    throw badRequest(`properties.sku: there is no size ${given.name} ${given.family}${given.capacity}.`);
  }
  return sku;
}

function scaleOf(tags: Record<string, string>, usual: number): number {
  const asked = tags[SCALE_TAG];
  if (asked === undefined) return usual;
  if (!/^[1-9]\d{0,5}$/.test(asked)) throw badRequest(`tags.${SCALE_TAG}: must be a whole number from 1 to 999999.`);
  return Number(asked);
}
