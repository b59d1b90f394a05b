import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { parseInput } from "../../../base/http-server.ts";
import { cacheUsers } from "../../hosts/cache-host.ts";
import { secretsOf } from "../cache-runtime.ts";
import { linkKey } from "../geo-links.ts";
import type { LabContext } from "./context.ts";
import { labCaches, labState, resolutions, resolve } from "./views.ts";

const resolveSchema = z.object({ from: z.string(), cache: z.string() });

export function addCacheRoutes(api: FastifyInstance, context: LabContext): void {
  api.get("/lab/resolve", async (request) => {
    const { from, cache } = parseInput(resolveSchema, request.query);
    return await resolve(context, from, cache.toLowerCase());
  });
  api.get("/lab/endpoints", async () => ({ endpoints: await resolutions(context) }));
  api.get("/lab/caches", async () => ({ caches: await labCaches(context) }));
  api.get<{ Params: { name: string } }>("/lab/caches/:name/access", (request) => {
    const cache = request.params.name.toLowerCase();
    return { cache, username: cacheUsers.client, password: secretsOf(context.store, cache).clientPassword };
  });
  api.get("/lab/geo-links", () => ({ links: context.store.links.all() }));
  api.get("/lab/state", () => labState(context));
  api.delete("/lab/estate", async (_request, reply) => {
    await removeEstate(context);
    return reply.status(204).send();
  });
}

/** Links go first (P24), and no secondary is waited for: it ends with its cache, frozen or not. */
async function removeEstate(context: LabContext): Promise<void> {
  const { store, caches, groups, workloads, links } = context;
  for (const link of store.links.all()) store.links.delete(linkKey(link));
  await Promise.all(store.workloads.all().map((doc) => workloads.remove(doc.name)));
  const outcomes = await Promise.allSettled(
    store.caches.all().map((doc) => (doc.service === "passive" ? caches.remove(doc.name) : groups.discard(doc.name))),
  );
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  // As it is: whoever asked must be able to tell an engine that is gone from a removal that is worth trying again.
  if (failed) throw failed.reason;
  for (const cluster of store.clusters.all()) store.clusters.delete(cluster.name);
  for (const region of store.regions.all()) store.regions.delete(region.name);
  // Without a network process there are no links to remove; one that returns is told by the reconciler.
  await links.ensure().catch(() => undefined);
}
