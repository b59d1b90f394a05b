import { sleep } from "@temporalio/workflow";
import { record } from "../acts.ts";
import type { DrillState } from "../drill-state.ts";
import { passGate } from "../gate.ts";
import type { Gate } from "../../scenarios/gates.ts";

export type Question = {
  readonly gate: Gate;
  /** The person who answers for what is decided; nobody else may answer then. */
  readonly owner?: string;
  /** What was known when it was asked. */
  readonly facts?: Readonly<Record<string, unknown>>;
};

/** A policy decides after a fixed time; a person, when they have answered. Answers who it was. */
export async function decide(state: DrillState, { gate, owner, facts }: Question): Promise<string> {
  const { decision } = state.input.scenario;
  const startedAtMs = Date.now();
  const asked = { gate, ...(owner === undefined ? {} : { who: owner }) };
  const who =
    decision?.by === "person"
      ? await askPerson(state, { ...decision, ...asked })
      : await applyPolicy(decision?.afterMs ?? 0);
  const by = { by: decision?.by ?? "policy", who, afterMs: Date.now() - startedAtMs };
  const data = { ...by, ...(owner === undefined ? {} : { owner }), ...facts };
  await record(state.drill, [{ what: "decision", type: "decision.taken", phase: "decide", data }]);
  return who;
}

async function applyPolicy(afterMs: number): Promise<string> {
  if (afterMs > 0) await sleep(afterMs);
  return "policy";
}

type Asked = { readonly gate: Gate; readonly role: string; readonly who?: string; readonly timeoutMs: number };

async function askPerson(state: DrillState, asked: Asked): Promise<string> {
  const { gate, role, timeoutMs } = asked;
  const who = asked.who === undefined ? {} : { who: asked.who };
  return (await passGate(state, { gate, role, timeoutMs, phase: "decide", ...who })).who;
}
