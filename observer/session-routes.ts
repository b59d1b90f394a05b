import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { parseInput } from "../base/http-server.ts";
import { awaitSchema, sessionSpecSchema } from "../contracts/observer.ts";
import type { Sessions } from "./sessions.ts";

const idSchema = z.object({ id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/, "must fit in a file name") });

/** The observer's API: contracts/observer.ts. */
export function addSessionRoutes(api: FastifyInstance, sessions: Sessions): void {
  const idOf = (params: unknown): string => parseInput(idSchema, params).id;
  api.put("/sessions/:id", (request) => sessions.put(idOf(request.params), parseInput(sessionSpecSchema, request.body)));
  api.get("/sessions/:id", (request) => sessions.get(idOf(request.params)));
  api.post("/sessions/:id/await", (request) =>
    sessions.awaitCondition(idOf(request.params), parseInput(awaitSchema, request.body)),
  );
  api.post("/sessions/:id/stop", (request) => sessions.stop(idOf(request.params)));
}
