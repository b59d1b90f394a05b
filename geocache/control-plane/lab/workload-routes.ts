import type { FastifyInstance } from "fastify";
import { LifeboatError } from "../../../base/errors.ts";
import { parseInput } from "../../../base/http-server.ts";
import { workloadSpecSchema } from "../../../contracts/lab.ts";
import type { WorkloadDoc } from "../model.ts";
import { namedSchema, type LabContext } from "./context.ts";
import { requireRegion } from "./region-routes.ts";
import { labWorkload } from "./views.ts";

type Named = { Params: { name: string } };

export function addWorkloadRoutes(api: FastifyInstance, context: LabContext): void {
  api.put<Named>("/lab/workloads/:name", async (request) => {
    const name = parseInput(namedSchema, request.params).name;
    const spec = parseInput(workloadSpecSchema, request.body);
    requireRegion(context, spec.region);
    await context.workloads.put(name, spec);
    await context.links.ensure();
    return await labWorkload(context, requireWorkload(context, name));
  });
  api.get<Named>("/lab/workloads/:name", async (request) =>
    labWorkload(context, requireWorkload(context, request.params.name)),
  );
  api.delete<Named>("/lab/workloads/:name", async (request, reply) => {
    await context.workloads.remove(request.params.name);
    await context.links.ensure();
    return reply.status(204).send();
  });
}

function requireWorkload(context: LabContext, name: string): WorkloadDoc {
  const doc = context.store.workloads.get(name);
  if (doc === undefined) throw new LifeboatError("NOT_FOUND", `there is no workload ${name}`);
  return doc;
}
