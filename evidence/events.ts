import { z } from "zod";
import { stampSchema } from "../contracts/stamps.ts";

/** The phases of a drill, in order; each is a span in the evidence. */
export const phases = [
  "plan",
  "preflight",
  "approve",
  "baseline",
  "fault",
  "detect",
  "decide",
  "act",
  "restore",
  "heal",
  "rejoin",
  "validate",
  "judge",
  "seal",
] as const;
export type Phase = (typeof phases)[number];

const actorSchema = z.object({ kind: z.enum(["human", "workflow", "activity", "process"]), id: z.string() });

/** What an activity says happened; the recorder adds seq, prev and its own stamp. */
export const eventInputSchema = z.strictObject({
  /** Idempotency key: the same key is written once, however often it is sent. */
  key: z.string().min(1).max(200),
  type: z.enum([
    "run.opened",
    "run.closed",
    "phase.started",
    "phase.ended",
    "phase.skipped",
    "approval.requested",
    "approval.given",
    "approval.declined",
    "fault.requested",
    "fault.active",
    "fault.lifted",
    "fault.lapsed",
    "fault.failed",
    "membership.before",
    "membership.after",
    "command.done",
    "alarm.raised",
    "decision.taken",
    "routing.changed",
    "service.restored",
    "redundancy.restored",
    "comparison.done",
    "check.passed",
    "check.failed",
    "note",
    "abort.requested",
    "error",
  ]),
  phase: z.enum(phases).nullable(),
  actor: actorSchema,
  /** What it was done to: a cache, region, fault id … */
  target: z.string().nullable(),
  /** When it happened on the host's monotonic clock, which may be earlier than its recording. */
  at: stampSchema,
  data: z.record(z.string(), z.unknown()).default({}),
});
export type EventInput = z.infer<typeof eventInputSchema>;

/** One line of events.jsonl, in canonical JSON. `prev` is the sha256 of the line before; of the run id for seq 0. */
export const eventSchema = eventInputSchema.extend({
  seq: z.int().min(0),
  prev: z.string().regex(/^[0-9a-f]{64}$/),
  recordedAt: stampSchema,
});
export type DrillEvent = z.infer<typeof eventSchema>;

/**
 * Conventions on `data`, which measures rely on:
 * - fault.requested/active/lifted/lapsed: {record: FaultRecord}
 * - membership.before/after: {change: string, views: [{cache, raw: object}]}; `change` is the same string in both
 * - command.done: {operation: string, request: object, outcome: "ok"|"failed", startedAt: Stamp, endedAt: Stamp}
 * - alarm.raised: {stream: string, since: Stamp}
 * - decision.taken: {by: "policy"|"person", who: string, startedAt: Stamp}
 * - comparison.done: {comparison: Comparison, label: string}; the last one of the run says whether members are equal
 * - redundancy.restored of an active group: {rejoined: boolean}; true where a member was unlinked and joined anew
 * - command.done of an active group: `operation` is `forceUnlink`, `forceLinkToReplicationGroup`, `flush`, …
 * - membership.before/after of an active group: `raw` holds the database's ARM body and the member's own view
 * - routing.changed: {version: number, state: RoutingState}
 * - phase.ended: {outcome: "ok"|"failed"}; phase.skipped: {why: string}
 * - run.opened: {scenario: string, planSha256: string, kind: string}; run.closed: {ending: Ending}
 */
export const endings = ["completed", "refused", "declined", "aborted", "crashed", "timed-out", "terminated"] as const;
export type Ending = (typeof endings)[number];
