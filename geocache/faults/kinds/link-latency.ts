import type { Fault } from "../../../contracts/fault.ts";
import { conditionFault } from "./condition-fault.ts";

/** Adds latency and jitter to what the links have anyway, one way. */
export const linkLatency = conditionFault<Extract<Fault, { kind: "link-latency" }>>((fault) => ({
  selectors: [{ from: fault.from, to: fault.to, path: fault.path }],
  effect: { kind: "latency", latencyMs: fault.latencyMs, jitterMs: fault.jitterMs },
}));
