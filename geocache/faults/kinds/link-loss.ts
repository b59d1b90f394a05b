import type { Fault } from "../../../contracts/fault.ts";
import { conditionFault } from "./condition-fault.ts";

/** Silences one direction and keeps what was sent until it is lifted. */
export const linkLoss = conditionFault<Extract<Fault, { kind: "link-loss" }>>((fault) => ({
  selectors: [{ from: fault.from, to: fault.to, path: fault.path }],
  effect: { kind: "loss" },
}));
