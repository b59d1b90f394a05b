import type { FastifyReply } from "fastify";
import { errorCatalogue, isLifeboatError, messageOf } from "../../../base/errors.ts";
import type { Refusal } from "../rules/refusal.ts";

/** An answer with an ARM error body. */
export class ArmError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "ArmError";
    this.status = status;
    this.code = code;
  }
}

/** @throws ArmError when there is a refusal */
export function allow(refusal: Refusal | undefined): void {
  if (refusal !== undefined) throw new ArmError(refusal.status, refusal.code, refusal.message);
}

export function badRequest(message: string): ArmError {
  return new ArmError(400, "InvalidRequestBody", message);
}

export function sendArmError(error: unknown, reply: FastifyReply): FastifyReply {
  const { status, code, message } = toArmError(error);
  return reply.status(status).send({ error: { code, message } });
}

function toArmError(error: unknown): ArmError {
  if (error instanceof ArmError) return error;
  if (isLifeboatError(error))
    return new ArmError(errorCatalogue[error.code].httpStatus, armCodeOf(error.code), error.message);
  const status = (error as { statusCode?: number }).statusCode ?? 500;
  return new ArmError(status, status < 500 ? "BadRequest" : "InternalServerError", messageOf(error));
}

function armCodeOf(code: keyof typeof errorCatalogue): string {
  if (code === "CONFLICT") return "Conflict";
  if (code === "NOT_FOUND") return "ResourceNotFound";
  return code === "UNAVAILABLE" ? "ServiceUnavailable" : "InternalServerError";
}
