import { executeChild } from "@temporalio/workflow";
import type { Headroom } from "../../activities/observation/watch-group.ts";
import { groupRoutingTable } from "../../scenarios/group.ts";
import { waits } from "../acts.ts";
import type { DrillState } from "../drill-state.ts";
import { CourseEnded } from "../endings.ts";
import { forceUnlinkRunbook } from "../runbooks/force-unlink.ts";
import { rejoinMemberRunbook } from "../runbooks/rejoin-member.ts";
import type { ActiveOutage } from "./active-outage.ts";
import { decide } from "./decide.ts";
import type { LostMember } from "./group-members.ts";

type Response = Extract<NonNullable<ActiveOutage["response"]>, { kind: "force-unlink" }>;
type Trigger = NonNullable<Response["trigger"]>;

/** One question to the observer; after each the progress has new numbers. */
const ASK_MS = 3000;

/** Waits until memory gets short, lets the owner decide, and unlinks the lost member by force. */
export async function forceUnlink(state: DrillState, group: LostMember, response: Response): Promise<void> {
  const { owner, trigger } = response;
  const decidedBy = await state.phase("decide", async () => {
    const facts = trigger ? await awaitTrigger(state, trigger) : {};
    return decide(state, { gate: "force-unlink", owner, facts: { destructive: true, ...facts } });
  });
  await state.phase("act", () => act(state, group, { owner, decidedBy }));
}

async function act(
  state: DrillState,
  { topology, lost, survivors }: LostMember,
  by: { readonly owner: string; readonly decidedBy: string },
): Promise<void> {
  const startedAtMs = Date.now();
  const { drill } = state;
  const { nickname } = topology;
  const table = groupRoutingTable(topology, lost.region);
  const names = survivors.map(({ cache }) => cache);
  await executeChild(forceUnlinkRunbook, {
    workflowId: `${state.input.drillId}-force-unlink`,
    args: [{ drill, nickname, lost: lost.cache, survivors: names, table, ...by }],
  });
  state.numbers["actMs"] = Date.now() - startedAtMs;
}

/** The tightest survivor has less free than the trigger says. Answers what was forecast then. */
async function awaitTrigger(state: DrillState, { headroomBelowRatio, timeoutMs }: Trigger): Promise<Headroom> {
  const untilMs = Date.now() + timeoutMs;
  for (let leftMs = timeoutMs; leftMs > 0; leftMs = untilMs - Date.now()) {
    const withinMs = Math.max(1, Math.min(ASK_MS, leftMs));
    const found = await waits.watchHeadroom({ drill: state.drill, belowRatio: headroomBelowRatio, withinMs });
    note(state, found);
    if (found.held) return found;
  }
  throw new CourseEnded("timed-out", `headroom did not fall below ${headroomBelowRatio} within ${timeoutMs} ms`);
}

function note(state: DrillState, { headroomRatio, minutesToOom }: Headroom): void {
  if (headroomRatio !== null) state.numbers["headroomRatio"] = headroomRatio;
  if (minutesToOom === null) delete state.numbers["minutesToOom"];
  else state.numbers["minutesToOom"] = minutesToOom;
}

/** The old member is refused by the survivors; it is deleted, created anew and joins. */
export async function rejoinAnew(state: DrillState, { topology, lost, survivors }: LostMember): Promise<void> {
  state.numbers["rejoinMs"] = await executeChild(rejoinMemberRunbook, {
    workflowId: `${state.input.drillId}-rejoin`,
    args: [{ drill: state.drill, topology, lost, survivors }],
  });
}
