import { setTimeout as sleep } from "node:timers/promises";
import { isLifeboatError } from "../../base/errors.ts";
import type { FaultRecord } from "../../contracts/fault.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill } from "../drill-types.ts";
import { recordEvents } from "../recording/record.ts";
import { targetOf } from "./inject-fault.ts";
import { findFault, isPresent, renewFault } from "./keeper-calls.ts";

export type HoldInput = { readonly drill: Drill; readonly faultId: string; readonly leaseMs: number };

/**
 * Renews a fault's lease four times per lease until cancelled or until the fault is gone. A lease that lapsed is an
 * event: what needed the fault cannot be judged.
 */
export async function holdFault(deps: ActivityDeps, input: HoldInput, signal: AbortSignal): Promise<void> {
  const everyMs = Math.max(250, Math.min(input.leaseMs / 4, 5000));
  for (;;) {
    const record = await renewed(deps, input);
    if (record && !isPresent(record)) return noteEnd(deps, input, record);
    await sleep(everyMs, undefined, { signal });
  }
}

/** A keeper that does not answer now may answer before the lease ends; one that refuses says what became of it. */
async function renewed(deps: ActivityDeps, input: HoldInput): Promise<FaultRecord | undefined> {
  try {
    return await renewFault(deps, input.drill, input.faultId);
  } catch (error) {
    if (isLifeboatError(error) && error.code === "STALE_TOKEN") throw error;
    return findFault(deps, input.faultId).catch(() => undefined);
  }
}

async function noteEnd(deps: ActivityDeps, input: HoldInput, record: FaultRecord): Promise<void> {
  if (record.state !== "lapsed") return;
  await recordEvents(deps, input.drill, [lapsedEvent(record)]);
}

export function lapsedEvent(record: FaultRecord): Parameters<typeof recordEvents>[2][number] {
  return {
    what: `${record.id}:lapsed`,
    type: "fault.lapsed",
    phase: "fault",
    target: targetOf(record.fault),
    ...(record.lifted ? { at: record.lifted.notAfter } : {}),
    data: { record },
  };
}
