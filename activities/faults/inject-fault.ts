import { stamp, type Stamp } from "../../base/clocks.ts";
import { LifeboatError } from "../../base/errors.ts";
import { waitFor } from "../../base/waits.ts";
import { faultRecordSchema, type Fault, type FaultRecord } from "../../contracts/fault.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill } from "../drill-types.ts";
import { recordEvents } from "../recording/record.ts";
import { findFault } from "./keeper-calls.ts";

export type InjectInput = {
  readonly drill: Drill;
  readonly faultId: string;
  readonly fault: Fault;
  readonly leaseMs: number;
};

const ACTIVE_TIMEOUT_MS = 30_000;

/**
 * Asks the keeper for a fault and waits until it is seen to hold. The request is in the evidence before anything
 * happens. A fault that is over already is not injected again. Answers an instant before which nothing was broken yet.
 * @throws INTERNAL when it failed or lapsed
 */
export async function injectFault(deps: ActivityDeps, input: InjectInput): Promise<Stamp> {
  const { drill, faultId } = input;
  const target = targetOf(input.fault);
  await recordEvents(deps, drill, [
    {
      what: `${faultId}:requested`,
      type: "fault.requested",
      phase: "fault",
      target,
      data: { record: requested(input), undo: `lift ${faultId}` },
    },
  ]);
  const record = await inject(deps, input);
  const type = record.state === "active" ? "fault.active" : "fault.failed";
  const at = record.active?.notAfter ?? stamp();
  await recordEvents(deps, drill, [{ what: `${faultId}:${type}`, type, phase: "fault", target, at, data: { record } }]);
  if (record.state !== "active") {
    throw new LifeboatError("INTERNAL", `fault ${faultId} is ${record.state}: ${record.detail ?? "no detail"}`);
  }
  return record.active?.notBefore ?? at;
}

async function inject(deps: ActivityDeps, input: InjectInput): Promise<FaultRecord> {
  const { drill, faultId, fault, leaseMs } = input;
  const answered = await deps.keeper.call({
    method: "POST",
    path: "/faults",
    body: { id: faultId, holder: drill.drillId, fencingToken: drill.fencingToken, leaseMs, fault },
    answer: faultRecordSchema,
  });
  if (answered.state !== "injecting") return answered;
  return waitFor(
    async () => {
      const record = await findFault(deps, faultId);
      return record && record.state !== "injecting" ? record : undefined;
    },
    { what: `fault ${faultId} to be active`, timeoutMs: ACTIVE_TIMEOUT_MS, intervalMs: 20 },
  );
}

function requested(input: InjectInput): FaultRecord {
  const now = stamp();
  const { drill, faultId, fault, leaseMs } = input;
  return {
    id: faultId,
    holder: drill.drillId,
    fencingToken: drill.fencingToken,
    fault,
    state: "injecting",
    leaseMs,
    leaseEndsAt: now,
    requestedAt: now,
    active: null,
    lifted: null,
    verification: [],
    detail: null,
  };
}

export function targetOf(fault: Fault): string {
  if (fault.kind === "region-outage") return fault.region;
  if (fault.kind === "memory-pressure") return fault.cache;
  return `${fault.from}->${fault.to}`;
}
