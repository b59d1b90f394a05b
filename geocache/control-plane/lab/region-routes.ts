import type { FastifyInstance } from "fastify";
import { LifeboatError } from "../../../base/errors.ts";
import { parseInput } from "../../../base/http-server.ts";
import { EDGE } from "../../../contracts/endpoint.ts";
import { availabilitySchema, regionSpecSchema } from "../../../contracts/lab.ts";
import type { RegionDoc } from "../model.ts";
import { namedSchema, type LabContext } from "./context.ts";
import { regionMembers } from "./views.ts";

type Named = { Params: { name: string } };

export function addRegionRoutes(api: FastifyInstance, context: LabContext): void {
  const { store } = context;

  api.get("/lab/regions", () => ({ regions: store.regions.all() }));
  api.get<Named>("/lab/regions/:name", (request) => requireRegion(context, request.params.name));

  api.put<Named>("/lab/regions/:name", async (request) => {
    const name = parseInput(namedSchema, request.params).name;
    if (name === EDGE)
      throw new LifeboatError("BAD_INPUT", `"${EDGE}" is the place outside all regions`, { field: "name" });
    const spec = parseInput(regionSpecSchema, request.body ?? {});
    const region: RegionDoc = { ...spec, name, available: store.regions.get(name)?.available ?? true };
    store.regions.put(name, region);
    await context.links.ensure();
    return region;
  });

  api.put<Named>("/lab/regions/:name/availability", (request) => {
    const region = requireRegion(context, request.params.name);
    const changed = { ...region, ...parseInput(availabilitySchema, request.body) };
    store.regions.put(region.name, changed);
    return changed;
  });

  api.get<Named>("/lab/regions/:name/members", async (request) => {
    const region = requireRegion(context, request.params.name);
    return { members: await regionMembers(context, region.name) };
  });

  api.delete<Named>("/lab/regions/:name", async (request, reply) => {
    const { name } = request.params;
    const inside = [
      ...store.caches.all().filter((doc) => doc.region === name),
      ...store.clusters.all().filter((doc) => doc.region === name),
      ...store.workloads.all().filter((doc) => doc.spec.region === name),
    ];
    if (inside[0]) throw new LifeboatError("CONFLICT", `region ${name} still holds ${inside[0].name}`);
    store.regions.delete(name);
    await context.links.ensure();
    return reply.status(204).send();
  });
}

/** @throws NOT_FOUND */
export function requireRegion(context: LabContext, name: string): RegionDoc {
  const region = context.store.regions.get(name);
  if (region === undefined) throw new LifeboatError("NOT_FOUND", `there is no region ${name}`);
  return region;
}
