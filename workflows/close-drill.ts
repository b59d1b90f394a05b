import type { EventDraft } from "../activities/recording/record.ts";
import { clearing, healing, record } from "./acts.ts";
import type { DrillState } from "./drill-state.ts";
import { describeFailure } from "./endings.ts";
import { heal } from "./heal.ts";
import type { DrillResult } from "./messages.ts";

/** Says how the course ended, heals what is left, ends the observation, clears up and seals. Never cancelled. */
export async function closeDrill(state: DrillState, failure: unknown): Promise<DrillResult> {
  if (failure !== null) await noteFailure(state, failure);
  if (!state.undo.isEmpty) await attempt(state, "heal", () => healInPhase(state));
  if (state.observing) await attempt(state, "stop-observation", () => clearing.stopObservation(state.drill));
  // The verdict follows from the raw files alone: the recorder derives it while sealing.
  await state.phase("judge", async () => undefined);
  await state.phase("seal", async () => {
    if (!state.input.keepEstate) await attempt(state, "estate-down", () => clearing.estateDown());
  });
  const ending = state.ending ?? "crashed";
  const answer = await healing.seal({ drill: state.drill, ending });
  return { drillId: state.input.drillId, ...answer };
}

async function noteFailure(state: DrillState, failure: unknown): Promise<void> {
  const phase = state.failedPhase() ?? null;
  const events: EventDraft[] = [];
  if (state.abort) {
    const { who } = state.abort;
    const actor = who === null ? ({ kind: "workflow", id: "plan" } as const) : ({ kind: "human", id: who } as const);
    events.push({ what: "abort", type: "abort.requested", phase, actor, data: { ...state.abort } });
  }
  const data = { ending: state.ending, ...describeFailure(failure) };
  if (state.ending !== "aborted") events.push({ what: "course-failed", type: "error", phase, data });
  else if (!state.abort) events.push({ what: "abort", type: "abort.requested", phase, data });
  if (events.length > 0) await record(state.drill, events);
  if (phase) await state.endPhase(phase, "failed");
}

/** Healing is a phase of its own, unless it is the one that failed. */
async function healInPhase(state: DrillState): Promise<void> {
  if (state.reached("heal")) return heal(state);
  return state.phase("heal", () => heal(state));
}

/** What fails while closing is noted; it must not keep the bundle from being sealed. */
async function attempt(state: DrillState, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const data = { while: what, ...describeFailure(error) };
    await record(state.drill, [{ what: `closing:${what}`, type: "error", phase: state.failedPhase() ?? null, data }]);
  }
}
