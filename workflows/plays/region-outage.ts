import type { Step } from "../../scenarios/schema.ts";
import { pairOf, swapped, type Pair } from "../../scenarios/pair.ts";
import { waits } from "../acts.ts";
import type { DrillState } from "../drill-state.ts";
import { CourseEnded } from "../endings.ts";
import { decide } from "./decide.ts";
import { holdFault } from "../faults.ts";
import { heal } from "../heal.ts";
import { act, rejoin, restore } from "./serve-from-secondary.ts";

type Outage = Extract<Step, { kind: "region-outage" }>;

/** Loses the primary's region, fails over by unlinking, heals and links back. Answers the pair as it is then. */
export async function playRegionOutage(state: DrillState, step: Outage): Promise<Pair> {
  const { scenario, drillId } = state.input;
  const pair = pairOf(scenario.topology);
  const now = swapped(pair);
  const { region, mode } = step;
  const outage = { kind: "region-outage", region, mode } as const;
  const { since } = await state.phase("fault", () => holdFault(state, `${drillId}-outage`, outage));
  const { detection } = scenario;
  if (!detection) throw new CourseEnded("crashed", "an outage needs a detection");
  const { failingForMs, ...stream } = detection;
  await state.phase("detect", () =>
    waits.awaitAlarm({ drill: state.drill, stream: { ...stream, forMs: failingForMs }, since }),
  );
  await state.phase("decide", () => decide(state, { gate: "failover" }));
  await state.phase("act", () => act(state, pair, null));
  const stayMs = Math.max(step.holdMs, scenario.dwellMs);
  await state.phase("restore", () => restore(state, now, { region: detection.region, op: detection.op, stayMs }));
  await state.phase("heal", () => heal(state));
  await state.phase("rejoin", () => rejoin(state, now));
  return now;
}
