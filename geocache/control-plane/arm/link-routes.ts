import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { CacheDoc, LinkDoc } from "../model.ts";
import { linkingRules } from "../rules/linking.ts";
import { firstRefusal } from "../rules/refusal.ts";
import { p01LinkOf } from "../rules/states.ts";
import { linkBody } from "./bodies.ts";
import { CACHE, operationUrl, paramOf, refOf, requireCache, RETRY_AFTER_S, type ArmContext } from "./context.ts";
import { allow, ArmError, badRequest } from "./errors.ts";
import { parseCacheId, sameText } from "./resource-ids.ts";

const LINK = `${CACHE}/linkedServers/:peer`;

const linkRequestSchema = z.looseObject({
  properties: z.looseObject({
    linkedRedisCacheId: z.string(),
    linkedRedisCacheLocation: z.string(),
    serverRole: z.enum(["Primary", "Secondary"]),
  }),
});

export function addLinkRoutes(arm: FastifyInstance, context: ArmContext): void {
  const { store } = context;
  arm.put(LINK, (request, reply) => putLink(context, request, reply));
  arm.get(`${CACHE}/linkedServers`, (request) => {
    const own = requireCache(context, refOf(request));
    const link = p01LinkOf(own.name, store.links.all());
    return { value: link === undefined ? [] : [linkBody(store, own, link)] };
  });
  arm.get(LINK, (request, reply) => {
    const own = requireCache(context, refOf(request));
    const link = linkTo(context, own, paramOf(request, "peer"));
    if (link === undefined) throw notLinked(own, request);
    if (link.state === "Creating" || link.state === "Deleting") void reply.header("retry-after", RETRY_AFTER_S);
    return linkBody(store, own, link);
  });
  arm.delete(LINK, (request, reply) => {
    const own = requireCache(context, refOf(request));
    const link = linkTo(context, own, paramOf(request, "peer"));
    if (link === undefined) return reply.status(204).send();
    const operation = context.operations.begin({ kind: "unlink", subject: link.primary, peer: link.secondary });
    return reply
      .status(202)
      .header("location", operationUrl(request, "operationresults", operation.id))
      .header("retry-after", RETRY_AFTER_S)
      .send();
  });
}

async function putLink(context: ArmContext, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const own = requireCache(context, refOf(request));
  const { peer, roleOfPeer } = parseLinkRequest(context, request);
  const [primary, secondary] = roleOfPeer === "Secondary" ? [own, peer] : [peer, own];
  await Promise.all([primary, secondary].map((doc) => context.runtime.refresh(doc)));
  const { store, runtime, geoLinks } = context;
  const links = store.links.all();
  const same = links.find((link) => link.primary === primary.name && link.secondary === secondary.name);
  if (same !== undefined) return reply.status(200).send(linkBody(store, own, same));
  allow(firstRefusal(linkingRules, { primary, secondary, links, isRunning: runtime.isRunning }));
  const link = geoLinks.link(primary.name, secondary.name);
  return reply
    .status(201)
    .header("retry-after", RETRY_AFTER_S)
    .send(linkBody(store, own, link));
}

type LinkRequest = { readonly peer: CacheDoc; readonly roleOfPeer: "Primary" | "Secondary" };

function parseLinkRequest(context: ArmContext, request: FastifyRequest): LinkRequest {
  const parsed = linkRequestSchema.safeParse(request.body);
  if (!parsed.success) throw badRequest(`${parsed.error.issues[0]?.path.join(".")}: is missing or not valid.`);
  const { linkedRedisCacheId, linkedRedisCacheLocation, serverRole } = parsed.data.properties;
  const ref = parseCacheId(linkedRedisCacheId);
  if (ref === undefined) throw badRequest("properties.linkedRedisCacheId: is not the id of a cache.");
  if (!sameText(ref.name, paramOf(request, "peer"))) {
    throw badRequest("properties.linkedRedisCacheId: names another cache than the path.");
  }
  const peer = requireCache(context, ref);
  if (!sameText(linkedRedisCacheLocation.replaceAll(" ", ""), peer.region)) {
    throw badRequest(`properties.linkedRedisCacheLocation: ${peer.displayName} is in ${peer.region}.`);
  }
  return { peer, roleOfPeer: serverRole };
}

function linkTo(context: ArmContext, own: CacheDoc, peer: string): LinkDoc | undefined {
  const link = p01LinkOf(own.name, context.store.links.all());
  return link && [link.primary, link.secondary].includes(peer.toLowerCase()) ? link : undefined;
}

function notLinked(own: CacheDoc, request: FastifyRequest): ArmError {
  const message = `The cache ${own.displayName} has no linked server ${paramOf(request, "peer")}.`;
  return new ArmError(404, "ResourceNotFound", message);
}
