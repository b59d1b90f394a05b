import { defineQuery, defineSignal, defineUpdate } from "@temporalio/workflow";
import type { SealAnswer } from "../contracts/recorder.ts";
import type { Ending, Phase } from "../evidence/events.ts";
import type { Gate } from "../scenarios/gates.ts";
import type { Scenario } from "../scenarios/schema.ts";

/** Argument of `runDrill`; `drillId` is also the workflow's id. */
export type DrillInput = {
  readonly drillId: string;
  readonly scenario: Scenario;
  /** Of the canonical scenario: what approvals are given for. */
  readonly planSha256: string;
  readonly kind: string;
  /** Leaves regions, caches and applications up when the drill is over. */
  readonly keepEstate: boolean;
};

export type DrillResult = SealAnswer & { readonly drillId: string };

export type ApprovalAnswer = {
  readonly gate: Gate;
  readonly decision: "approve" | "decline";
  readonly who: string;
  readonly role: string;
  /** The plan that is approved; another one is refused. */
  readonly planSha256: string;
  readonly reason: string;
};

/** `who` is null when no person asked for it: an abort condition of the plan was met. */
export type AbortRequest = { readonly who: string | null; readonly reason: string };

type Awaiting = {
  readonly gate: Gate;
  readonly role: string;
  /** The only person who may answer, if the plan names one. */
  readonly who?: string;
  readonly planSha256: string;
};

export type Progress = {
  readonly drillId: string;
  readonly scenario: string;
  readonly startedAtMs: number;
  readonly phase: Phase | null;
  readonly phaseStartedAtMs: number | null;
  readonly phases: readonly { readonly phase: Phase; readonly state: "running" | "done" | "failed" | "skipped" }[];
  /** The gate that waits for a person, and who may answer. */
  readonly awaiting: Awaiting | null;
  /** Ids of the faults that are requested and not yet lifted. */
  readonly faults: readonly string[];
  /** Latest figures by name, milliseconds or counts. */
  readonly numbers: Readonly<Record<string, number>>;
  readonly ending: Ending | null;
};

export const approveUpdate = defineUpdate<string, [ApprovalAnswer]>("approve");
export const abortDrillSignal = defineSignal<[AbortRequest]>("abortDrill");
export const progressQuery = defineQuery<Progress>("progress");
