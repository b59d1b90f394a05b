import { sleep } from "@temporalio/workflow";
import { record } from "../acts.ts";
import type { DrillState } from "../drill-state.ts";
import { passGate } from "../gate.ts";

/** A policy decides after a fixed time; a person, when they have answered. */
export async function decide(state: DrillState): Promise<void> {
  const { decision } = state.input.scenario;
  const startedAtMs = Date.now();
  const who = decision?.by === "person" ? await askPerson(state, decision) : await applyPolicy(decision?.afterMs ?? 0);
  const data = { by: decision?.by ?? "policy", who, afterMs: Date.now() - startedAtMs };
  await record(state.drill, [{ what: "decision", type: "decision.taken", phase: "decide", data }]);
}

async function applyPolicy(afterMs: number): Promise<string> {
  if (afterMs > 0) await sleep(afterMs);
  return "policy";
}

async function askPerson(
  state: DrillState,
  spec: { readonly role: string; readonly timeoutMs: number },
): Promise<string> {
  const { role, timeoutMs } = spec;
  return (await passGate(state, { gate: "failover", role, timeoutMs, phase: "decide" })).who;
}
