import type { Fault, FaultKind } from "../../../contracts/fault.ts";
import type { FaultHandler } from "../fault-kind.ts";
import { linkBandwidth } from "./link-bandwidth.ts";
import { linkLatency } from "./link-latency.ts";
import { linkLoss } from "./link-loss.ts";
import { linkPartition } from "./link-partition.ts";
import { linkReset } from "./link-reset.ts";
import { memoryPressure } from "./memory-pressure.ts";
import { regionOutage } from "./region-outage.ts";

const handlers = {
  "region-outage": regionOutage,
  "link-latency": linkLatency,
  "link-bandwidth": linkBandwidth,
  "link-partition": linkPartition,
  "link-loss": linkLoss,
  "link-reset": linkReset,
  "memory-pressure": memoryPressure,
} satisfies Record<FaultKind, unknown>;

/** The handler of a fault's kind. Its undo is always the one that it prepared itself. */
export function handlerOf(fault: Fault): FaultHandler {
  return handlers[fault.kind] as unknown as FaultHandler;
}
