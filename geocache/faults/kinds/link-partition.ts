import type { Fault } from "../../../contracts/fault.ts";
import { conditionFault } from "./condition-fault.ts";

/** Silences both directions; connections stay open and new ones are accepted. */
export const linkPartition = conditionFault<Extract<Fault, { kind: "link-partition" }>>((fault) => ({
  selectors: [{ from: fault.from, to: fault.to, path: fault.path }],
  effect: { kind: "partition" },
}));
