import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { operationBody } from "./bodies.ts";
import { operationUrl, paramOf, RETRY_AFTER_S, type ArmContext } from "./context.ts";
import { operationStatusBody } from "./enterprise/bodies.ts";
import { CLUSTER, DATABASE } from "./enterprise/context.ts";
import { ArmError } from "./errors.ts";
import type { OperationDoc } from "../model.ts";

const LOCATION = "/subscriptions/:subscription/providers/Microsoft.Cache/locations/:location";

/** A question is held this long while the work goes on, so that quick work needs no second question. */
const HOLD_MS = 900;

export function addOperationRoutes(arm: FastifyInstance, context: ArmContext): void {
  arm.get(`${LOCATION}/asyncOperations/:id`, async (request, reply) => {
    const operation = await settled(context, paramOf(request, "id"));
    if (operation.status === "InProgress") void reply.header("retry-after", RETRY_AFTER_S);
    return operationBody(request.url.split("?")[0] ?? "", operation);
  });

  arm.get(`${LOCATION}/operationsStatus/:id`, async (request, reply) => {
    const operation = await settled(context, paramOf(request, "id"));
    if (operation.status === "InProgress") void reply.header("retry-after", RETRY_AFTER_S);
    return operationStatusBody(request.url.split("?")[0] ?? "", operation);
  });

  const result = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const operation = await settled(context, paramOf(request, "id"));
    if (operation.status === "Succeeded") return reply.status(200).send();
    if (operation.status === "Failed") throw failureOf(operation);
    return reply
      .status(202)
      .header("location", operationUrl(request, "operationresults", operation.id))
      .header("retry-after", RETRY_AFTER_S)
      .send();
  };
  for (const place of [LOCATION, CLUSTER, DATABASE]) arm.get(`${place}/operationresults/:id`, result);
}

async function settled(context: ArmContext, id: string): Promise<OperationDoc> {
  const operation = await context.operations.settled(id, HOLD_MS);
  if (operation !== undefined) return operation;
  throw new ArmError(404, "OperationNotFound", { message: `There is no operation ${id}.` });
}

/** A 4xx: clients repeat a request that got a 5xx, but this operation has ended. */
function failureOf({ error }: OperationDoc): ArmError {
  return new ArmError(409, error?.code ?? "InternalServerError", {
    message: error?.message ?? "The operation failed.",
  });
}
