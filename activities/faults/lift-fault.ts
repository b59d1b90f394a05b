import { LifeboatError } from "../../base/errors.ts";
import { waitFor } from "../../base/waits.ts";
import type { FaultRecord } from "../../contracts/fault.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill } from "../drill-types.ts";
import { recordEvents, type EventDraft } from "../recording/record.ts";
import { lapsedEvent } from "./hold-fault.ts";
import { targetOf } from "./inject-fault.ts";
import { findFault, isPresent, listFaults, removeFault } from "./keeper-calls.ts";

export type LiftInput = { readonly drill: Drill; readonly faultId: string };

const GONE_TIMEOUT_MS = 30_000;

/** Lifts a fault and looks whether the world is as before. Safe when nothing was injected. @throws INTERNAL */
export async function liftFault(deps: ActivityDeps, input: LiftInput): Promise<void> {
  const found = await findFault(deps, input.faultId);
  if (!found) return;
  const record = isPresent(found) ? await lift(deps, input) : found;
  await recordEvents(deps, input.drill, [endEvent(record)]);
  const wrong = record.verification.filter(({ holds }) => !holds).map(({ what }) => what);
  if (record.state === "failed" || wrong.length > 0) {
    throw new LifeboatError("INTERNAL", `${input.faultId} is not healed: ${[record.detail, ...wrong].join("; ")}`);
  }
}

/** Lifts whatever a drill still holds. */
export async function liftAllFaults(deps: ActivityDeps, drill: Drill): Promise<void> {
  const held = (await listFaults(deps)).filter((fault) => fault.holder === drill.drillId);
  for (const { id } of held) await liftFault(deps, { drill, faultId: id });
}

async function lift(deps: ActivityDeps, input: LiftInput): Promise<FaultRecord> {
  const answered = await removeFault(deps, input.drill, input.faultId);
  if (!isPresent(answered)) return answered;
  return waitFor(
    async () => {
      const record = await findFault(deps, input.faultId);
      return record && !isPresent(record) ? record : undefined;
    },
    { what: `fault ${input.faultId} to be gone`, timeoutMs: GONE_TIMEOUT_MS, intervalMs: 50 },
  );
}

function endEvent(record: FaultRecord): EventDraft {
  if (record.state === "lapsed") return lapsedEvent(record);
  const type = record.state === "failed" ? "fault.failed" : "fault.lifted";
  const at = record.lifted ? { at: record.lifted.notAfter } : {};
  const phase = "heal";
  return { what: `${record.id}:${type}:heal`, type, phase, target: targetOf(record.fault), ...at, data: { record } };
}
