import { CancellationScope, setHandler, sleep } from "@temporalio/workflow";
import { acts, shortActs } from "./acts.ts";
import { closeDrill } from "./close-drill.ts";
import { DrillState } from "./drill-state.ts";
import { CourseEnded, endingOf } from "./endings.ts";
import { checkAnswer, passGate } from "./gate.ts";
import { abortDrillSignal, approveUpdate, progressQuery, type DrillInput, type DrillResult } from "./messages.ts";
import { playActiveOutage } from "./plays/active-outage.ts";
import { playLatency } from "./plays/latency.ts";
import { playPlannedFailover } from "./plays/planned-failover.ts";
import { playRegionOutage } from "./plays/region-outage.ts";
import { validate } from "./plays/serve-from-secondary.ts";
import type { Pair } from "../scenarios/pair.ts";
import type { Step } from "../scenarios/schema.ts";

/** No drill lasts longer, whatever it waits for. */
const LONGEST_MS = 2 * 3_600_000;

/**
 * One drill from plan to seal. Whatever happens once the bundle is open (refused, declined, aborted, crashed, timed
 * out), faults are lifted and the bundle is sealed.
 */
export async function runDrill(input: DrillInput): Promise<DrillResult> {
  const state = new DrillState(input);
  const course = new CancellationScope();
  handleMessages(state, course);
  let failure: unknown = null;
  try {
    await CancellationScope.nonCancellable(async () => void (state.drill = await shortActs.openDrill(input)));
    await course.run(() => withinTime(state, course));
    state.ending = "completed";
  } catch (error) {
    if (!state.isOpen) throw error;
    failure = error;
    state.ending = endingOf(error, state);
  }
  return CancellationScope.nonCancellable(() => closeDrill(state, failure));
}

function handleMessages(state: DrillState, course: CancellationScope): void {
  setHandler(progressQuery, () => state.progress());
  setHandler(abortDrillSignal, (request) => {
    state.abort ??= request;
    course.cancel();
  });
  const accept = (answer: Parameters<typeof checkAnswer>[1]): string => {
    state.answer = answer;
    return answer.decision;
  };
  setHandler(approveUpdate, accept, { validator: (answer) => checkAnswer(state, answer) });
}

/** Ends the course when its time is over: an abort condition of the plan, or the limit that every drill has. */
async function withinTime(state: DrillState, course: CancellationScope): Promise<void> {
  const plannedMs = Math.min(...state.input.scenario.abortWhen.map(({ aboveMs }) => aboveMs));
  const clock = new CancellationScope();
  void clock
    .run(() => sleep(Math.max(1, Math.min(LONGEST_MS, plannedMs))))
    .then(() => {
      if (plannedMs <= LONGEST_MS) state.abort ??= { who: null, reason: `the drill lasts longer than ${plannedMs} ms` };
      else state.timedOut = true;
      course.cancel();
    })
    .catch(() => undefined);
  try {
    await runCourse(state);
  } finally {
    clock.cancel();
  }
}

async function runCourse(state: DrillState): Promise<void> {
  await state.phase("plan", async () => undefined);
  await state.phase("preflight", () => preflight(state));
  await approve(state);
  await state.phase("baseline", () => baseline(state));
  const validate = await play(state);
  await state.phase("validate", validate);
}

async function preflight(state: DrillState): Promise<void> {
  const { topology } = state.input.scenario;
  await acts.estateUp(state.drill, { topology });
  const failed = await acts.preflight({ drill: state.drill, topology });
  if (failed.length > 0) throw new CourseEnded("refused", `preflight failed: ${failed.join(", ")}`);
}

async function approve(state: DrillState): Promise<void> {
  const { approvals } = state.input.scenario;
  if (approvals.length === 0) return state.skip("approve", "the scenario asks for no approval");
  await state.phase("approve", async () => {
    for (const { gate, role, timeoutMs } of approvals)
      await passGate(state, { gate, role, timeoutMs, phase: "approve" });
  });
}

/** How things are before anything is broken: every later figure is read against it. */
async function baseline(state: DrillState): Promise<void> {
  const { scenario } = state.input;
  state.observing = true;
  await acts.startObservation({ drill: state.drill, scenario });
  await sleep(Math.max(1, scenario.baselineMs));
}

/** Plays the scenario's step; answers how what came out of it is validated. */
async function play(state: DrillState): Promise<() => Promise<void>> {
  const { steps, topology } = state.input.scenario;
  const [step] = steps;
  if (!step) throw new CourseEnded("crashed", "the scenario has no step");
  if (topology.kind === "active-group") {
    if (step.kind !== "region-outage") throw new CourseEnded("crashed", `${step.kind} is not for an active group`);
    return playActiveOutage(state, topology, step);
  }
  const pair = await playWithPair(state, step);
  return () => validate(state, pair);
}

async function playWithPair(state: DrillState, step: Step): Promise<Pair> {
  switch (step.kind) {
    case "region-outage":
      return playRegionOutage(state, step);
    case "latency":
      return playLatency(state, step);
    case "drain":
      return playPlannedFailover(state, step);
  }
}
