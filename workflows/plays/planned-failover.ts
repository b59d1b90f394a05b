import { pairOf, swapped, type Pair } from "../../scenarios/pair.ts";
import type { Step } from "../../scenarios/schema.ts";
import { healing } from "../acts.ts";
import type { DrillState } from "../drill-state.ts";
import { decide } from "./decide.ts";
import { act, rejoin, restore } from "./serve-from-secondary.ts";

type Drain = Extract<Step, { kind: "drain" }>;

const nothingBroken = "nothing is broken in a planned failover";

/** Drains writes, lets the secondary catch up, moves everybody there and links back the other way round. */
export async function playPlannedFailover(state: DrillState, step: Drain): Promise<Pair> {
  const { scenario } = state.input;
  const pair = pairOf(scenario.topology);
  const now = swapped(pair);
  await state.skip("fault", nothingBroken);
  await state.skip("detect", nothingBroken);
  await state.phase("decide", () => decide(state, { gate: "failover" }));
  const forget = state.undo.push({ describes: "let writes in again", run: () => healing.undrain(state.drill) });
  await state.phase("act", () => act(state, pair, step.settleMs));
  forget();
  const watch = { region: pair.primary.region, op: "write", stayMs: scenario.dwellMs } as const;
  await state.phase("restore", () => restore(state, now, watch));
  await state.skip("heal", nothingBroken);
  await state.phase("rejoin", () => rejoin(state, now));
  return now;
}
