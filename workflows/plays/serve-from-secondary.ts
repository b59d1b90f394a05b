import { executeChild, sleep } from "@temporalio/workflow";
import type { Pair } from "../../scenarios/pair.ts";
import { routingTableFor, swapped } from "../../scenarios/pair.ts";
import type { Scenario } from "../../scenarios/schema.ts";
import { acts, waits } from "../acts.ts";
import type { DrillState } from "../drill-state.ts";
import { rejoinRunbook } from "../runbooks/rejoin.ts";
import { failoverRunbook } from "../runbooks/failover.ts";

/** Users count as served again when every probe was ok for this long. */
const SERVED_FOR_MS = 500;
const SERVED_TIMEOUT_MS = 120_000;

/** The act phase: the runbook as a child workflow, so that it can be read and replayed by itself. */
export async function act(state: DrillState, pair: Pair, settleMs: number | null): Promise<void> {
  const startedAtMs = Date.now();
  const table = routingTableFor(state.input.scenario.topology, swapped(pair));
  await executeChild(failoverRunbook, {
    workflowId: `${state.input.drillId}-failover`,
    args: [{ drill: state.drill, pair, table, settleMs }],
  });
  state.numbers["actMs"] = Date.now() - startedAtMs;
}

/** Waits until users are served from the new place, reads the ledger back there, and stays for a while. */
export async function restore(
  state: DrillState,
  now: Pair,
  watch: { readonly region: string; readonly op: "read" | "write"; readonly stayMs: number },
): Promise<void> {
  const { drill } = state;
  const { region, op, stayMs } = watch;
  await waits.awaitService({ drill, stream: { region, op, forMs: SERVED_FOR_MS, timeoutMs: SERVED_TIMEOUT_MS } });
  await acts.readBack({ drill, label: "after-recovery", caches: [now.primary] });
  await sleep(stayMs);
}

/** Builds the redundancy up again, the other way round. */
export async function rejoin(state: DrillState, now: Pair): Promise<void> {
  state.numbers["fullSyncMs"] = await executeChild(rejoinRunbook, {
    workflowId: `${state.input.drillId}-rejoin`,
    args: [{ drill: state.drill, pair: now }],
  });
}

/** Before the end: how things are with everything back, then every write from every cache. */
export async function validate(state: DrillState, now: Pair): Promise<void> {
  const { drill } = state;
  await sleep(validationMs(state.input.scenario));
  const delay = await acts.measureReplicationDelay({ drill, pair: now, what: "validate", phase: "validate" });
  state.numbers["replicationDelayMs"] = delay.hiMs;
  // Writers end first: a write acknowledged during the reading may be on its way to the secondary.
  await acts.stopObservation(drill);
  state.observing = false;
  await acts.awaitCaughtUp(now, SERVED_TIMEOUT_MS);
  await acts.readBack({ drill, label: "after-healing", caches: [now.primary, now.secondary] });
}

function validationMs(scenario: Scenario): number {
  return Math.min(scenario.baselineMs, 3000);
}
