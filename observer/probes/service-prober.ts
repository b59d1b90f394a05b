import type { StreamSpec } from "../../contracts/observer.ts";
import { createHttpSlots, type HttpEnd } from "../../base/http1/slots.ts";
import { PROBE_IDLE_MS } from "../connections.ts";
import { endOfFailure, type AttemptEnd, type Prober } from "./prober.ts";

type ServiceTarget = Extract<StreamSpec["target"], { kind: "service" }>;

/** Knocks as a user does: HTTP through the front door. 2xx is ok, any other complete answer is `refused`. */
export function createServiceProber(target: ServiceTarget, timeoutMs: number): Prober {
  const template = new URL(target.url);
  const path = `${template.pathname}${template.search}`;
  const slots = createHttpSlots(template.origin, { connectTimeoutMs: timeoutMs, idleMs: PROBE_IDLE_MS });
  return {
    send(n, done) {
      const request = { method: target.method, path: withNumber(path, n), headers: target.headers };
      const sent = slots.send(request, (end) => done(endOf(end)));
      return () => sent.abandon();
    },
    close: async () => slots.close(),
  };
}

/** URL writes braces in a path as %7B and %7D. */
function withNumber(path: string, n: number): string {
  return path.replaceAll(/\{n\}|%7Bn%7D/gi, String(n));
}

function endOf(end: HttpEnd): AttemptEnd {
  if (end.kind === "failed") return endOfFailure(end.error);
  return end.status >= 200 && end.status < 300 ? "ok" : "refused";
}
