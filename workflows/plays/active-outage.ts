import { sleep } from "@temporalio/workflow";
import type { Stamp } from "../../base/clocks.ts";
import { membersOf } from "../../scenarios/group.ts";
import type { GroupTopology, Scenario, Step } from "../../scenarios/schema.ts";
import { acts, waits } from "../acts.ts";
import type { DrillState } from "../drill-state.ts";
import { CourseEnded } from "../endings.ts";
import { holdFault } from "../faults.ts";
import { heal } from "../heal.ts";
import { forceUnlink, rejoinAnew } from "./force-unlink.ts";
import { reunite, validateGroup, type LostMember } from "./group-members.ts";
import { startRegionWrites } from "./region-writes.ts";

export type ActiveOutage = Extract<Step, { kind: "region-outage" }>;

const SERVED_FOR_MS = 500;
const SERVED_TIMEOUT_MS = 120_000;

const nobodyDecides = "nothing is decided: the front door moves the users, the lost member stays in the group";

/**
 * Loses one region of an active group. Its users are re-routed to the nearest healthy member by the front door; the
 * lost member is waited for or, before the survivors' memory is full, unlinked by force and created anew. Answers how
 * the group is validated.
 */
export async function playActiveOutage(
  state: DrillState,
  topology: GroupTopology,
  step: ActiveOutage,
): Promise<() => Promise<void>> {
  const { scenario, drillId } = state.input;
  const group = lostMember(topology, step);
  const { region, mode } = step;
  const outage = { kind: "region-outage", region, mode } as const;
  const { since, stopWrites } = await state.phase("fault", async () => {
    const held = await holdFault(state, `${drillId}-outage`, outage);
    return { since: held.since, stopWrites: startRegionWrites(state, group, step) };
  });
  await state.phase("detect", () => detect(state, group));
  const { response } = step;
  if (response?.kind === "force-unlink") await forceUnlink(state, group, response);
  else for (const phase of ["decide", "act"] as const) await state.skip(phase, nobodyDecides);
  await state.phase("restore", () => restore(state, group, { since, stayMs: Math.max(step.holdMs, scenario.dwellMs) }));
  await stopWrites();
  await state.phase("heal", () => heal(state));
  await state.phase("rejoin", () =>
    response?.kind === "force-unlink" ? rejoinAnew(state, group) : reunite(state, group, step),
  );
  return () => validateGroup(state, group, since);
}

function lostMember(topology: GroupTopology, { region }: ActiveOutage): LostMember {
  const members = membersOf(topology);
  const lost = members.find((member) => member.region === region);
  if (!lost) throw new CourseEnded("crashed", `no member is in ${region}`);
  return { topology, members, lost, survivors: members.filter((member) => member !== lost) };
}

async function detect(state: DrillState, { topology, lost }: LostMember): Promise<void> {
  const { failingForMs, timeoutMs } = detectionOf(state.input.scenario);
  const { nickname } = topology;
  await waits.awaitMemberLost({ drill: state.drill, nickname, lost: lost.cache, forMs: failingForMs, timeoutMs });
}

function detectionOf({ detection }: Scenario): NonNullable<Scenario["detection"]> {
  if (!detection) throw new CourseEnded("crashed", "an outage needs a detection");
  return detection;
}

/** Waits until the users are served, reads the ledger back from the survivors, and stays for a while. */
async function restore(
  state: DrillState,
  { survivors }: LostMember,
  by: { readonly since: Stamp; readonly stayMs: number },
): Promise<void> {
  const { drill } = state;
  const { region, op } = detectionOf(state.input.scenario);
  await waits.awaitService({ drill, stream: { region, op, forMs: SERVED_FOR_MS, timeoutMs: SERVED_TIMEOUT_MS } });
  await acts.noteMoves({ drill, phase: "restore", since: by.since });
  await acts.readBack({ drill, label: "after-recovery", caches: survivors });
  await sleep(Math.max(1, by.stayMs));
}
