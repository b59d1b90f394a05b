import type { Fault } from "../../../contracts/fault.ts";
import { conditionFault } from "./condition-fault.ts";

/** Resets open connections and every new one. */
export const linkReset = conditionFault<Extract<Fault, { kind: "link-reset" }>>((fault) => ({
  selectors: [{ from: fault.from, to: fault.to, path: fault.path }],
  effect: { kind: "reset" },
}));
