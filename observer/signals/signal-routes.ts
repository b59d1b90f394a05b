import type { FastifyInstance } from "fastify";
import { parseInput } from "../../base/http-server.ts";
import { awaitSignalsSchema, signalsSpecSchema } from "../../contracts/signals.ts";
import { idOf } from "../ids.ts";
import type { SignalRuns } from "./signal-runs.ts";

/** What the observer offers of an active group: contracts/signals.ts. */
export function addSignalRoutes(api: FastifyInstance, runs: SignalRuns): void {
  api.put("/signals/:id", (request) => runs.put(idOf(request.params), parseInput(signalsSpecSchema, request.body)));
  api.get("/signals/:id", (request) => runs.get(idOf(request.params)));
  api.post("/signals/:id/await", (request) =>
    runs.awaitCondition(idOf(request.params), parseInput(awaitSignalsSchema, request.body)),
  );
  api.post("/signals/:id/stop", (request) => runs.stop(idOf(request.params)));
}
