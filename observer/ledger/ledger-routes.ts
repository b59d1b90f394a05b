import type { FastifyInstance } from "fastify";
import { parseInput } from "../../base/http-server.ts";
import { ledgerSpecSchema, readBackRequestSchema } from "../../contracts/ledger.ts";
import { idOf } from "../ids.ts";
import type { Ledgers } from "./ledgers.ts";

/** The ledger's API: contracts/ledger.ts. */
export function addLedgerRoutes(api: FastifyInstance, ledgers: Ledgers): void {
  api.put("/ledgers/:id", (request) => ledgers.put(idOf(request.params), parseInput(ledgerSpecSchema, request.body)));
  api.get("/ledgers/:id", (request) => ledgers.get(idOf(request.params)));
  api.post("/ledgers/:id/read-back", (request) =>
    ledgers.readBack(idOf(request.params), parseInput(readBackRequestSchema, request.body)),
  );
  api.post("/ledgers/:id/stop", (request) => ledgers.stop(idOf(request.params)));
}
