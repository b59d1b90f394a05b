import { condition } from "@temporalio/workflow";
import type { Phase } from "../evidence/events.ts";
import { record } from "./acts.ts";
import type { DrillState } from "./drill-state.ts";
import { CourseEnded } from "./endings.ts";
import type { Gate } from "../scenarios/gates.ts";
import type { ApprovalAnswer } from "./messages.ts";

export type GateSpec = {
  readonly gate: Gate;
  readonly role: string;
  /** The only person who may answer, if the plan names one. */
  readonly who?: string;
  readonly timeoutMs: number;
  readonly phase: Phase;
};

/** Waits for a person. Declined or unanswered, the drill ends. */
export async function passGate(state: DrillState, spec: GateSpec): Promise<ApprovalAnswer> {
  const { gate, role, timeoutMs, phase } = spec;
  const planSha256 = state.input.planSha256;
  state.answer = null;
  const asked = { gate, role, planSha256, ...(spec.who === undefined ? {} : { who: spec.who }) };
  state.awaiting = asked;
  await record(state.drill, [
    { what: `approval:${gate}:requested`, type: "approval.requested", phase, target: gate, data: asked },
  ]);
  const answered = await condition(() => state.answer !== null, timeoutMs);
  state.awaiting = null;
  if (!answered || !state.answer) throw new CourseEnded("timed-out", `nobody answered at the gate "${gate}"`);
  const answer: ApprovalAnswer = state.answer;
  const type = answer.decision === "approve" ? "approval.given" : "approval.declined";
  const actor = { kind: "human", id: answer.who } as const;
  await record(state.drill, [
    { what: `approval:${gate}:answered`, type, phase, target: gate, actor, data: { ...answer } },
  ]);
  if (answer.decision === "decline") throw new CourseEnded("declined", `${answer.who} declined at the gate "${gate}"`);
  return answer;
}

/** Refuses an answer that is not for this gate, this plan or from someone who may give it. */
export function checkAnswer(state: DrillState, answer: ApprovalAnswer): void {
  const { awaiting } = state;
  if (!awaiting || state.answer) throw new Error("no gate waits for an answer");
  if (answer.gate !== awaiting.gate) throw new Error(`the gate that waits is "${awaiting.gate}", not "${answer.gate}"`);
  if (answer.planSha256 !== awaiting.planSha256) {
    throw new Error(`the plan is ${awaiting.planSha256}; ${answer.planSha256} is another one`);
  }
  if (answer.decision !== "approve" && answer.decision !== "decline") throw new Error("decision: approve or decline");
  if (answer.who === "") throw new Error("who: say who answers");
  if (answer.role !== awaiting.role) throw new Error(`role: "${awaiting.role}" may answer, not "${answer.role}"`);
  const { who } = awaiting;
  if (who !== undefined && answer.who !== who) throw new Error(`who: only "${who}" may answer, not "${answer.who}"`);
  checkPerson(state, answer);
}

function checkPerson(state: DrillState, answer: ApprovalAnswer): void {
  const { people } = state.input.scenario;
  if (people.length === 0) return;
  const known = people.some(({ id, role }) => id === answer.who && role === answer.role);
  if (!known) throw new Error(`who: "${answer.who}" is not a person with the role "${answer.role}" in the plan`);
}
