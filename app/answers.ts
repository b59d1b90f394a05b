import { errorCatalogue, isLifeboatError, LifeboatError, messageOf } from "../base/errors.ts";
import type { Http1Answer } from "../base/http1/server.ts";

type ExtraHeaders = Readonly<Record<string, string>>;

export function jsonAnswer(status: number, value: unknown, headers: ExtraHeaders = {}): Http1Answer {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(value) };
}

/** An error in the form of all our APIs; whatever is not one of ours is INTERNAL. */
export function errorAnswer(error: unknown, headers: ExtraHeaders = {}): Http1Answer {
  const known = isLifeboatError(error) ? error : new LifeboatError("INTERNAL", messageOf(error), { cause: error });
  const { code, message, field, hint } = known;
  return jsonAnswer(errorCatalogue[code].httpStatus, { error: { code, message, field, hint } }, headers);
}
