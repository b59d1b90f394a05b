/** Why the service says no: a 4xx with an ARM error body, and nothing changed. */
export type Refusal = { readonly status: 400 | 404 | 409; readonly code: string; readonly message: string };

export type Rule<Request> = (request: Request) => Refusal | undefined;

export function refuse(status: Refusal["status"], code: string, message: string): Refusal {
  return { status, code, message };
}

/** The first refusal among several rules. */
export function firstRefusal<Request>(rules: readonly Rule<Request>[], request: Request): Refusal | undefined {
  for (const rule of rules) {
    const refusal = rule(request);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
