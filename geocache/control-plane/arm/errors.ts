import type { FastifyReply } from "fastify";
import { errorCatalogue, isLifeboatError, messageOf } from "../../../base/errors.ts";
import type { Refusal } from "../rules/refusal.ts";

/** An answer with an ARM error body. */
export class ArmError extends Error {
  readonly status: number;
  readonly code: string;
  readonly target: string | undefined;

  constructor(status: number, code: string, details: { readonly message: string; readonly target?: string }) {
    super(details.message);
    this.name = "ArmError";
    this.status = status;
    this.code = code;
    this.target = details.target;
  }
}

/** @throws ArmError when there is a refusal */
export function allow(refusal: Refusal | undefined): void {
  if (refusal !== undefined) throw new ArmError(refusal.status, refusal.code, refusal);
}

/** `field` as the caller wrote it: `properties.sku.capacity`. */
export function badRequest(field: string, message: string): ArmError {
  return new ArmError(400, "InvalidRequestBody", { message: `${field}: ${message}`, target: field });
}

export function sendArmError(error: unknown, reply: FastifyReply): FastifyReply {
  const { status, code, message, target } = toArmError(error);
  return reply.status(status).send({ error: { code, message, ...(target === undefined ? {} : { target }) } });
}

function toArmError(error: unknown): ArmError {
  if (error instanceof ArmError) return error;
  if (isLifeboatError(error)) return new ArmError(errorCatalogue[error.code].httpStatus, armCodeOf(error.code), error);
  const status = (error as { statusCode?: number }).statusCode ?? 500;
  return new ArmError(status, codeOfStatus(status), { message: messageOf(error) });
}

function codeOfStatus(status: number): string {
  if (status === 413) return "RequestEntityTooLarge";
  if (status === 415) return "UnsupportedMediaType";
  return status < 500 ? "BadRequest" : "InternalServerError";
}

function armCodeOf(code: keyof typeof errorCatalogue): string {
  if (code === "CONFLICT") return "Conflict";
  if (code === "NOT_FOUND") return "ResourceNotFound";
  return code === "UNAVAILABLE" ? "ServiceUnavailable" : "InternalServerError";
}
