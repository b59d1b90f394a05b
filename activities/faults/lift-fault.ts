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
/** A bundle must not stay open for long because something is broken that no drill can mend. */
const HEALED_WITHIN_MS = 20_000;

/**
 * Lifts a fault and looks whether the world is as before. Safe when nothing was injected.
 * @throws TIMED_OUT when the keeper could not lift it for so long; it goes on trying by itself
 */
export async function liftFault(deps: ActivityDeps, input: LiftInput, withinMs = HEALED_WITHIN_MS): Promise<void> {
  let record = await findFault(deps, input.faultId);
  if (!record) return;
  if (isPresent(record)) record = await lift(deps, input);
  if (record.lifted === null) record = await liftedByKeeper(deps, record, withinMs);
  await recordEvents(deps, input.drill, [endEvent(record)]);
  const wrong = record.verification.filter(({ holds }) => !holds).map(({ what }) => what);
  if (record.lifted === null || wrong.length > 0) {
    throw new LifeboatError("TIMED_OUT", `${input.faultId} is not healed: ${[record.detail, ...wrong].join("; ")}`);
  }
}

/** What it could not undo at once, because a Docker engine is silent for instance, it tries again and again. */
async function liftedByKeeper(deps: ActivityDeps, former: FaultRecord, withinMs: number): Promise<FaultRecord> {
  let latest = former;
  const look = async (): Promise<boolean> => {
    latest = (await findFault(deps, former.id)) ?? latest;
    return latest.lifted !== null && !isPresent(latest);
  };
  const waiting = waitFor(look, { what: "it", timeoutMs: withinMs, intervalMs: 100 });
  await waiting.catch(() => undefined);
  return latest;
}

/** Lifts whatever a drill still holds; all of it, also when one fails. @throws as liftFault */
export async function liftAllFaults(deps: ActivityDeps, drill: Drill): Promise<void> {
  const held = (await listFaults(deps)).filter((fault) => fault.holder === drill.drillId);
  const results = await Promise.allSettled(held.map(({ id }) => liftFault(deps, { drill, faultId: id })));
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
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
  const type = record.state === "failed" || record.lifted === null ? "fault.failed" : "fault.lifted";
  const at = record.lifted ? { at: record.lifted.notAfter } : {};
  const phase = "heal";
  return { what: `${record.id}:${type}:heal`, type, phase, target: targetOf(record.fault), ...at, data: { record } };
}
