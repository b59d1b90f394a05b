import type { FastifyInstance } from "fastify";
import { parseInput } from "../base/http-server.ts";
import { awaitSchema, sessionSpecSchema } from "../contracts/observer.ts";
import { idOf } from "./ids.ts";
import type { Sessions } from "./sessions.ts";

/** The observer's API: contracts/observer.ts. */
export function addSessionRoutes(api: FastifyInstance, sessions: Sessions): void {
  api.put("/sessions/:id", (request) =>
    sessions.put(idOf(request.params), parseInput(sessionSpecSchema, request.body)),
  );
  api.get("/sessions/:id", (request) => sessions.get(idOf(request.params)));
  api.post("/sessions/:id/await", (request) =>
    sessions.awaitCondition(idOf(request.params), parseInput(awaitSchema, request.body)),
  );
  api.post("/sessions/:id/stop", (request) => sessions.stop(idOf(request.params)));
}
