import { Context } from "@temporalio/activity";
import { awaitDrillClosed } from "./acts/await-drill-closed.ts";
import { compareMembers, type CompareInput } from "./acts/compare-members.ts";
import { failOver, type FailOverInput } from "./acts/fail-over.ts";
import { forceUnlinkMember, type ForceUnlinkInput } from "./acts/force-unlink.ts";
import { listConflicts, type ConflictsInput } from "./acts/list-conflicts.ts";
import { checkLateWrites, checkOldMember, type LateWritesInput, type OldMemberInput } from "./acts/old-member.ts";
import { openDrill, type OpenInput } from "./acts/open-drill.ts";
import { preflight, type PreflightInput } from "./acts/preflight.ts";
import { awaitReturned, relink, type RejoinInput } from "./acts/rejoin.ts";
import { recreateMember, reuniteMember, type RejoinMemberInput } from "./acts/rejoin-member.ts";
import { measureReplicationDelay, type DelayInput } from "./acts/replication-delay.ts";
import { bundleState, seal, type SealInput } from "./acts/seal.ts";
import { followMarker } from "./acts/marker.ts";
import type { ActivityDeps } from "./deps.ts";
import type { Pair } from "../scenarios/pair.ts";
import type { Drill } from "./drill-types.ts";
import { estateDown, estateUp, takeOverToken } from "./estate/estate-up.ts";
import type { EstatePlan } from "./estate/estate-plan.ts";
import { drain } from "./estate/routing.ts";
import { crossing } from "./failures.ts";
import { holdFault, type HoldInput } from "./faults/hold-fault.ts";
import { injectFault, type InjectInput } from "./faults/inject-fault.ts";
import { liftAllFaults, liftFault, type LiftInput } from "./faults/lift-fault.ts";
import { writeInRegions, type RegionWritesInput } from "./load/region-writes.ts";
import { awaitAlarm, awaitService, type AlarmInput, type AwaitInput } from "./observation/await-stream.ts";
import { noteMoves, type MovesInput } from "./observation/note-moves.ts";
import { awaitMemberLost, watchHeadroom, type HeadroomInput, type MemberLostInput } from "./observation/watch-group.ts";
import { readBack, type ReadBackInput } from "./observation/read-back.ts";
import { startObservation, type ObservationInput } from "./observation/start-observation.ts";
import { stopObservation } from "./observation/stop-observation.ts";
import { recordEvents, type EventDraft } from "./recording/record.ts";

const HEARTBEAT_MS = 700;

/** Says every now and then that the act still runs, and ends it when it is cancelled. */
async function beating<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await crossing(() => work(context.cancellationSignal));
  } finally {
    clearInterval(timer);
  }
}

/** The acts as Temporal calls them. All are idempotent: their events by key, their effects by looking first. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types -- the type is derived: workflows import it
export function createActivities(deps: ActivityDeps) {
  return {
    record: (drill: Drill, events: EventDraft[]) => crossing(() => recordEvents(deps, drill, events)),
    openDrill: (input: OpenInput) => crossing(() => openDrill(deps, input)),
    estateUp: (drill: Drill, plan: EstatePlan) => beating(() => estateUp(deps, plan, drill.fencingToken)),
    estateDown: () => beating(() => estateDown(deps)),
    preflight: (input: PreflightInput) => beating(() => preflight(deps, input)),
    startObservation: (input: ObservationInput) => beating(() => startObservation(deps, input)),
    stopObservation: (drill: Drill) => beating(() => stopObservation(deps, drill)),
    awaitAlarm: (input: AlarmInput) => beating((signal) => awaitAlarm(deps, input, signal)),
    awaitService: (input: AwaitInput) => beating((signal) => awaitService(deps, input, signal)),
    awaitMemberLost: (input: MemberLostInput) => beating((signal) => awaitMemberLost(deps, input, signal)),
    noteMoves: (input: MovesInput) => crossing(() => noteMoves(deps, input)),
    watchHeadroom: (input: HeadroomInput) => beating(() => watchHeadroom(deps, input)),
    writeInRegions: (input: RegionWritesInput) => beating((signal) => writeInRegions(deps, input, signal)),
    injectFault: (input: InjectInput) => beating(() => injectFault(deps, input)),
    holdFault: (input: HoldInput) => beating((signal) => holdFault(deps, input, signal)),
    liftFault: (input: LiftInput) => beating(() => liftFault(deps, input)),
    liftAllFaults: (drill: Drill) => beating(() => liftAllFaults(deps, drill)),
    failOver: (input: FailOverInput) => beating((signal) => failOver(deps, input, signal)),
    forceUnlinkMember: (input: ForceUnlinkInput) => beating((signal) => forceUnlinkMember(deps, input, signal)),
    checkOldMember: (input: OldMemberInput) => beating((signal) => checkOldMember(deps, input, signal)),
    checkLateWrites: (input: LateWritesInput) => beating(() => checkLateWrites(deps, input)),
    recreateMember: (input: RejoinMemberInput) => beating((signal) => recreateMember(deps, input, signal)),
    reuniteMember: (input: RejoinMemberInput) => beating((signal) => reuniteMember(deps, input, signal)),
    compareMembers: (input: CompareInput) => beating((signal) => compareMembers(deps, input, signal)),
    listConflicts: (input: ConflictsInput) => beating(() => listConflicts(deps, input)),
    undrain: (drill: Drill) => crossing(async () => void (await drain(deps, drill.fencingToken, false))),
    awaitReturned: (input: RejoinInput) => beating((signal) => awaitReturned(deps, input, signal)),
    relink: (input: RejoinInput) => beating((signal) => relink(deps, input, signal)),
    awaitCaughtUp: (pair: Pair, timeoutMs: number) => beating(() => followMarker(deps, pair, timeoutMs)),
    measureReplicationDelay: (input: DelayInput) => beating(() => measureReplicationDelay(deps, input)),
    readBack: (input: ReadBackInput) => beating(() => readBack(deps, input)),
    seal: (input: SealInput) => beating(() => seal(deps, input)),
    bundleState: (drillId: string) => crossing(() => bundleState(deps, drillId)),
    takeOverToken: (drillId: string) => crossing(() => takeOverToken(deps, drillId)),
    awaitDrillClosed: (drillId: string) => beating((signal) => awaitDrillClosed(deps, drillId, signal)),
  };
}

export type Activities = ReturnType<typeof createActivities>;
