import { faultListSchema, faultRecordSchema, type FaultRecord } from "../../contracts/fault.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill } from "../drill-types.ts";

/** Frozen or killed regions take a moment: injecting and lifting verify before they answer. */
const ACT_TIMEOUT_MS = 30_000;

export async function listFaults(deps: ActivityDeps): Promise<FaultRecord[]> {
  const { faults } = await deps.keeper.call({ method: "GET", path: "/faults", answer: faultListSchema });
  return faults;
}

export async function findFault(deps: ActivityDeps, faultId: string): Promise<FaultRecord | undefined> {
  return (await listFaults(deps)).find(({ id }) => id === faultId);
}

export async function renewFault(deps: ActivityDeps, drill: Drill, faultId: string): Promise<FaultRecord> {
  return deps.keeper.call({
    method: "POST",
    path: `/faults/${faultId}/renew`,
    body: { holder: drill.drillId, fencingToken: drill.fencingToken },
    answer: faultRecordSchema,
    timeoutMs: 2000,
  });
}

/** Idempotent: lifting what is lifted answers its record. */
export async function removeFault(deps: ActivityDeps, drill: Drill, faultId: string): Promise<FaultRecord> {
  return deps.keeper.call({
    method: "DELETE",
    path: `/faults/${faultId}`,
    body: { holder: drill.drillId, fencingToken: drill.fencingToken },
    answer: faultRecordSchema,
    timeoutMs: ACT_TIMEOUT_MS,
  });
}

export function isPresent(fault: FaultRecord): boolean {
  return fault.state === "injecting" || fault.state === "active" || fault.state === "lifting";
}
