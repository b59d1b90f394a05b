import type { FastifyInstance } from "fastify";
import { createApi, parseInput } from "../../base/http-server.ts";
import { faultHoldSchema, faultRequestSchema, tokenRequestSchema } from "../../contracts/fault.ts";
import type { Keeper } from "./keeper.ts";
import type { Store } from "./store.ts";

type ById = { Params: { id: string } };

/** The API of contracts/fault.ts. */
export function createKeeperApi(keeper: Keeper, store: Store, token: string): FastifyInstance {
  const api = createApi({ token });
  api.post("/tokens", async (request) => {
    const { holder, takeOver } = parseInput(tokenRequestSchema, request.body);
    return { holder, fencingToken: await (takeOver ? store.takeOver(holder) : store.tokenOf(holder)) };
  });
  api.post("/faults", (request) => keeper.inject(parseInput(faultRequestSchema, request.body)));
  api.get("/faults", () => ({ faults: keeper.list() }));
  api.get<ById>("/faults/:id", (request) => keeper.get(request.params.id));
  api.post<ById>("/faults/:id/renew", (request) =>
    keeper.renew(request.params.id, parseInput(faultHoldSchema, request.body)),
  );
  api.delete<ById>("/faults/:id", (request) =>
    keeper.lift(request.params.id, parseInput(faultHoldSchema, request.body)),
  );
  api.delete("/faults", async () => ({ faults: await keeper.liftAll() }));
  return api;
}
