import { sleep } from "@temporalio/workflow";
import { pairOf, type Pair } from "../../scenarios/pair.ts";
import type { Step } from "../../scenarios/schema.ts";
import { acts } from "../acts.ts";
import type { DrillState } from "../drill-state.ts";
import { holdFault } from "../faults.ts";
import { heal } from "../heal.ts";

type Latency = Extract<Step, { kind: "latency" }>;

const nobodyMoves = "latency moves nobody: the pair and the routing stay as they are";

/** Raises and lowers the latency step by step and measures how far the secondary falls behind at each. */
export async function playLatency(state: DrillState, step: Latency): Promise<Pair> {
  const pair = pairOf(state.input.scenario.topology);
  await state.phase("fault", async () => {
    for (const [index, latencyMs] of step.stepsMs.entries()) await oneStep(state, step, { index, latencyMs });
  });
  for (const phase of ["detect", "decide", "act", "restore"] as const) await state.skip(phase, nobodyMoves);
  await state.phase("heal", () => heal(state));
  await state.skip("rejoin", nobodyMoves);
  return pair;
}

async function oneStep(
  state: DrillState,
  step: Latency,
  at: { readonly index: number; readonly latencyMs: number },
): Promise<void> {
  const { from, to, path } = step;
  const what = `latency-${at.index + 1}`;
  const fault = { kind: "link-latency", from, to, path, latencyMs: at.latencyMs, jitterMs: 0 } as const;
  const { lift } = await holdFault(state, `${state.input.drillId}-${what}`, fault);
  const pair = pairOf(state.input.scenario.topology);
  const startedAtMs = Date.now();
  const delay = await acts.measureReplicationDelay({ drill: state.drill, pair, what, phase: "fault" });
  state.numbers["replicationDelayMs"] = delay.hiMs;
  await sleep(Math.max(1, step.stepDurationMs - (Date.now() - startedAtMs)));
  await lift();
}
