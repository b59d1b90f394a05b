import { ApplicationFailure } from "@temporalio/common";
import { isLifeboatError, type ErrorCode } from "../base/errors.ts";

/** Trying again cannot help. */
const final: ReadonlySet<ErrorCode> = new Set([
  "BAD_INPUT",
  "UNAUTHORISED",
  "FORBIDDEN",
  "STALE_TOKEN",
  "TOOL_MISSING",
]);

/** Gives an error of ours the form in which it crosses Temporal: its code becomes the failure's type. */
export async function crossing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isLifeboatError(error)) throw error;
    throw ApplicationFailure.create({
      message: error.message,
      type: error.code,
      nonRetryable: final.has(error.code),
      details: [{ field: error.field, hint: error.hint }],
    });
  }
}
