import type { FastifyInstance } from "fastify";
import { LifeboatError } from "../../base/errors.ts";
import { createApi, parseInput } from "../../base/http-server.ts";
import { conditionSchema, linkSpecSchema } from "../../contracts/network.ts";
import type { Network } from "./network.ts";

type ById = { Params: { id: string } };

/** The API of contracts/network.ts. Every PUT and DELETE may be repeated. */
export function createNetworkApi(network: Network, token: string): FastifyInstance {
  const api = createApi({ token });
  api.get("/links", () => ({ links: network.links() }));
  api.get<ById>("/links/:id", (request) => {
    const found = network.links().find((link) => link.id === request.params.id);
    if (!found) throw new LifeboatError("NOT_FOUND", `no such link: ${request.params.id}`);
    return found;
  });
  api.put<ById>("/links/:id", (request) => {
    const spec = parseInput(linkSpecSchema, request.body);
    requireSameId(request.params.id, spec.id);
    return network.putLink(spec);
  });
  api.delete<ById>("/links/:id", async (request) => {
    await network.removeLink(request.params.id);
    return { id: request.params.id };
  });
  api.get("/conditions", () => ({ conditions: network.conditions() }));
  api.put<ById>("/conditions/:id", (request) => {
    const condition = parseInput(conditionSchema, request.body);
    requireSameId(request.params.id, condition.id);
    return network.putCondition(condition);
  });
  api.delete<ById>("/conditions/:id", async (request) => {
    await network.removeCondition(request.params.id);
    return { id: request.params.id };
  });
  return api;
}

function requireSameId(inPath: string, inBody: string): void {
  if (inPath === inBody) return;
  throw new LifeboatError("BAD_INPUT", `id: must be the one in the path, ${inPath}`, { field: "id" });
}
