import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { LinkDoc, PassiveCache } from "../model.ts";
import { linkingRules } from "../rules/linking.ts";
import { firstRefusal } from "../rules/refusal.ts";
import { p01LinkOf } from "../rules/states.ts";
import { linkBody } from "./bodies.ts";
import { CACHE, operationUrl, paramOf, refOf, requireCache, RETRY_AFTER_S, type ArmContext } from "./context.ts";
import { parseBody } from "./body.ts";
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
  const { store, runtime, geoLinks } = context;
  const asked = parseLinkRequest(context, request);
  await Promise.all([asked.own, asked.peer].map((doc) => runtime.refresh(doc)));
  // Read again, and nothing is waited for from here on: of two requests at once the second sees the first one's link.
  const { own, peer, roleOfPeer } = parseLinkRequest(context, request);
  const [primary, secondary] = roleOfPeer === "Secondary" ? [own, peer] : [peer, own];
  const isSame = (link: LinkDoc): boolean => link.primary === primary.name && link.secondary === secondary.name;
  const same = store.links.all().find(isSame);
  if (same?.state === "Creating" || same?.state === "Succeeded") {
    return reply.status(200).send(linkBody(store, own, same));
  }
  // One that failed may be tried again.
  const links = store.links.all().filter((link) => !(isSame(link) && link.state === "Failed"));
  allow(firstRefusal(linkingRules, { primary, secondary, links, isRunning: runtime.isRunning }));
  const link = geoLinks.link(primary.name, secondary.name);
  return reply
    .status(201)
    .header("retry-after", RETRY_AFTER_S)
    .send(linkBody(store, own, link));
}

type LinkRequest = {
  readonly own: PassiveCache;
  readonly peer: PassiveCache;
  readonly roleOfPeer: "Primary" | "Secondary";
};

function parseLinkRequest(context: ArmContext, request: FastifyRequest): LinkRequest {
  const own = requireCache(context, refOf(request));
  const { linkedRedisCacheId, linkedRedisCacheLocation, serverRole } = parseBody(
    linkRequestSchema,
    request.body,
  ).properties;
  const ref = parseCacheId(linkedRedisCacheId);
  if (ref === undefined) throw badRequest("properties.linkedRedisCacheId", "is not the id of a cache.");
  if (!sameText(ref.name, paramOf(request, "peer"))) {
    throw badRequest("properties.linkedRedisCacheId", "names another cache than the path.");
  }
  const peer = requireCache(context, ref);
  if (!sameText(linkedRedisCacheLocation.replaceAll(" ", ""), peer.region)) {
    throw badRequest("properties.linkedRedisCacheLocation", `${peer.displayName} is in ${peer.region}.`);
  }
  return { own, peer, roleOfPeer: serverRole };
}

function linkTo(context: ArmContext, own: PassiveCache, peer: string): LinkDoc | undefined {
  const link = p01LinkOf(own.name, context.store.links.all());
  return link && [link.primary, link.secondary].includes(peer.toLowerCase()) ? link : undefined;
}

function notLinked(own: PassiveCache, request: FastifyRequest): ArmError {
  const message = `The cache ${own.displayName} has no linked server ${paramOf(request, "peer")}.`;
  return new ArmError(404, "ResourceNotFound", { message });
}
