import { sleep } from "@temporalio/workflow";
import type { Stamp } from "../../base/clocks.ts";
import type { Place } from "../../scenarios/pair.ts";
import type { GroupTopology } from "../../scenarios/schema.ts";
import { acts, waits } from "../acts.ts";
import type { DrillState } from "../drill-state.ts";
import type { ActiveOutage } from "./active-outage.ts";

/** A group of which one member is lost. */
export type LostMember = {
  readonly topology: GroupTopology;
  readonly members: readonly Place[];
  readonly lost: Place;
  readonly survivors: readonly Place[];
};

const VALIDATION_MS = 3000;
const EQUAL_WITHIN_MS = 60_000;

/** The member that stayed in the group catches up, and the others with it; what it took alone is looked for. */
export async function reunite(state: DrillState, group: LostMember, { mode, writes }: ActiveOutage): Promise<void> {
  const { topology, lost, survivors } = group;
  const { drill } = state;
  state.numbers["reunitedMs"] = await waits.reuniteMember({ drill, topology, lost });
  const wroteAlone = mode === "isolate" && writes?.regions.includes(lost.region) === true;
  if (wroteAlone) await acts.checkLateWrites({ drill, lost, survivors });
}

/** How things are with everybody back; then, with nobody writing any more, whether all members hold the same. */
export async function validateGroup(state: DrillState, { topology, members }: LostMember, since: Stamp): Promise<void> {
  const { drill } = state;
  const { nickname } = topology;
  await sleep(Math.max(1, Math.min(state.input.scenario.baselineMs, VALIDATION_MS)));
  await acts.noteMoves({ drill, phase: "validate", since });
  await acts.stopObservation(drill);
  state.observing = false;
  await waits.compareMembers({
    drill,
    nickname,
    members,
    label: "after-healing",
    phase: "validate",
    timeoutMs: EQUAL_WITHIN_MS,
  });
  const caches = members.map(({ cache }) => cache);
  state.numbers["conflicts"] = await acts.listConflicts({ drill, nickname, members: caches });
  await acts.readBack({ drill, label: "after-healing", caches: members });
}
