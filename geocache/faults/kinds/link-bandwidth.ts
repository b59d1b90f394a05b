import type { Fault } from "../../../contracts/fault.ts";
import { conditionFault } from "./condition-fault.ts";

/** Paces one direction of each matched link. */
export const linkBandwidth = conditionFault<Extract<Fault, { kind: "link-bandwidth" }>>((fault) => ({
  selectors: [{ from: fault.from, to: fault.to, path: fault.path }],
  effect: { kind: "bandwidth", bytesPerSecond: fault.bytesPerSecond },
}));
