/** Why the service says no: a 4xx with an ARM error body, and nothing changed. */
export type Refusal = {
  readonly status: 400 | 404 | 409;
  readonly code: string;
  readonly message: string;
  /** The offending field as the caller wrote it. */
  readonly target?: string;
};

export type Rule<Request> = (request: Request) => Refusal | undefined;

export function refuse(status: Refusal["status"], code: string, message: string): Refusal {
  return { status, code, message };
}

/** Names the field, what it is, what would be right, and the rule that says so. */
export function refuseField(rule: string, target: string, reason: string): Refusal {
  return { status: 400, code: "BadRequest", message: `${target}: ${reason} (${rule})`, target };
}

/** The request is in order, but the world is not; names the rule that says so. */
export function refuseNow(rule: string, reason: string): Refusal {
  return { status: 409, code: "Conflict", message: `${reason} (${rule})` };
}

/** The first refusal among several rules. */
export function firstRefusal<Request>(rules: readonly Rule<Request>[], request: Request): Refusal | undefined {
  for (const rule of rules) {
    const refusal = rule(request);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
