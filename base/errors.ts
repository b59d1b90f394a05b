/**
 * Every error a user or an operator can meet carries one of these codes.
 * docs/errors.md documents each of them; a test holds the two together.
 */
export const errorCatalogue = {
  BAD_INPUT: { httpStatus: 400, exitCode: 64, summary: "An input is not what it should be." },
  UNAUTHORISED: { httpStatus: 401, exitCode: 69, summary: "The token is missing or unknown." },
  FORBIDDEN: { httpStatus: 403, exitCode: 69, summary: "The token is known but lacks the right." },
  NOT_FOUND: { httpStatus: 404, exitCode: 64, summary: "What was named does not exist." },
  CONFLICT: { httpStatus: 409, exitCode: 64, summary: "The world is in a state that rules the request out." },
  STALE_TOKEN: { httpStatus: 412, exitCode: 70, summary: "The fencing token is older than one already seen." },
  TIMED_OUT: { httpStatus: 504, exitCode: 69, summary: "A bounded wait ended without its condition." },
  UNAVAILABLE: { httpStatus: 503, exitCode: 69, summary: "A process or service that is needed does not answer." },
  TOOL_MISSING: { httpStatus: 503, exitCode: 69, summary: "A tool is not installed and could not be fetched." },
  PORT_TAKEN: { httpStatus: 503, exitCode: 69, summary: "Another program listens on the port." },
  DISK_FULL: { httpStatus: 507, exitCode: 69, summary: "The disk has no room left." },
  OOM: { httpStatus: 507, exitCode: 69, summary: "A cache has no memory left for the write." },
  INTERNAL: { httpStatus: 500, exitCode: 70, summary: "A defect of ours." },
} as const;

export type ErrorCode = keyof typeof errorCatalogue;

export type ErrorDetails = {
  /** Path of the offending field, as the user wrote it: `topology.regions[1].name`. */
  readonly field?: string;
  /** What the user could do; one sentence, ideally one command. */
  readonly hint?: string;
  readonly cause?: unknown;
};

/** The one error class inside a process. Across Temporal its code becomes `ApplicationFailure.type`. */
export class LifeboatError extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "LifeboatError";
    this.code = code;
    this.field = details.field;
    this.hint = details.hint;
  }
}

export function isLifeboatError(error: unknown): error is LifeboatError {
  return error instanceof LifeboatError;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
