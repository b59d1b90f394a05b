import { z } from "zod";
import { nameSchema } from "./endpoint.ts";
import { stampSchema } from "./stamps.ts";

/** Active groups as the lab API shows them: what ARM has no words for. Members are named by their cache. */

/** What one member has to say of another one. */
const peerViewSchema = z.object({
  member: nameSchema,
  state: z.enum(["connected", "silent", "refused"]),
  /** When something last came from it; null: never since this syncer started. */
  heardAgoMs: z.number().nullable(),
  /** Of the operations in this member's log: those that the peer has not acknowledged, by number, size and age. */
  lagOperations: z.number(),
  lagBytes: z.number(),
  /** Age of the oldest of them; 0 when there is none. */
  lagMs: z.number(),
});

/**
 * `joining`: takes over the group's data and is closed to clients. `catching-up`: has it and lets clients read.
 * `open`: reads and writes. `failed`: gave up and says why; nothing of it is served.
 */
const memberPhases = ["joining", "catching-up", "open", "failed"] as const;

/** One member's own view. During a partition views differ: that is the point of asking each. */
export const memberViewSchema = z.object({
  member: nameSchema,
  /** Member and incarnation: a member whose redis came back empty goes on under a new one. */
  origin: z.string(),
  phase: z.enum(memberPhases),
  detail: z.string().nullable(),
  epoch: z.number(),
  /** Who it takes for the group's members, itself included, sorted. */
  members: z.array(nameSchema),
  peers: z.array(peerViewSchema),
  /** Operations of its own so far, in all its incarnations under this syncer. */
  issued: z.number(),
  /** Its own copy of what has been applied: [origin, sequence], sorted by origin. */
  applied: z.array(z.tuple([z.string(), z.number()])),
  conflicts: z.number(),
  logBytes: z.number(),
  usedMemoryBytes: z.number(),
  rssBytes: z.number(),
  maxmemoryBytes: z.number(),
  /** Resident memory of the syncer itself. */
  syncerRssBytes: z.number(),
  at: stampSchema,
});
export type MemberView = z.infer<typeof memberViewSchema>;

const groupMemberSchema = z.object({
  cache: nameSchema,
  region: nameSchema,
  resourceId: z.string(),
  running: z.boolean(),
  view: memberViewSchema.nullable(),
});

/** `GET /lab/groups/:nickname`. `view` is null when the member cannot be asked over the network as it is now. */
export const groupViewSchema = z.object({
  nickname: z.string(),
  /** The membership that the control plane last ordered. */
  epoch: z.number(),
  /** Every member came back empty at once, and there was nobody to copy from. Stays true: what was lost is lost. */
  totalLoss: z.boolean(),
  members: z.array(groupMemberSchema),
  /** Unlinked by force and not yet deleted: they no longer know what the group does. */
  former: z.array(groupMemberSchema).optional(),
  at: stampSchema,
});
export type GroupView = z.infer<typeof groupViewSchema>;
export const groupListSchema = z.object({ groups: z.array(groupViewSchema) });

/** Who lost a conflict, and against whom. Bytes of keys, cells and values are base64. */
export const conflictSchema = z.object({
  /** Number of the conflict at this member. */
  n: z.number(),
  at: stampSchema,
  key: z.string(),
  /** Field, member or entry id; null when the whole key was at stake. */
  cell: z.string().nullable(),
  rule: z.string(),
  winner: z.object({ origin: z.string(), seq: z.number(), hlcUs: z.number() }),
  loser: z.object({ origin: z.string(), seq: z.number(), hlcUs: z.number() }),
  /** What the loser had written, cut to 64 bytes; null when it was a removal. */
  lostValue: z.string().nullable(),
});
export type Conflict = z.infer<typeof conflictSchema>;

/** `GET /lab/groups/:nickname/conflicts?member=…&after=…`: at most 1000 with n > after, oldest first. */
export const conflictPageSchema = z.object({ total: z.number(), conflicts: z.array(conflictSchema) });
export type ConflictPage = z.infer<typeof conflictPageSchema>;

/** `POST /lab/groups/:nickname/compare`: every member's data, element by element, without blocking any of them. */
export const compareRequestSchema = z.strictObject({
  /** Default: all members of the group. */
  members: z.array(nameSchema).min(2).optional(),
  timeoutMs: z.int().min(1000).max(600_000).default(120_000),
});

export const differenceSchema = z.object({
  /** base64 */
  key: z.string(),
  kind: z.enum(["missing", "type", "ttl", "content"]),
  /** Member → a short text of what it shows there. */
  shown: z.record(z.string(), z.string()),
});
export type Difference = z.infer<typeof differenceSchema>;

export const comparisonSchema = z.object({
  equal: z.boolean(),
  members: z.array(
    z.object({ cache: nameSchema, keys: z.number(), elements: z.number(), snapshotBytes: z.number(), at: stampSchema }),
  ),
  differenceCount: z.number(),
  /** The first 100. */
  differences: z.array(differenceSchema),
  startedAt: stampSchema,
  endedAt: stampSchema,
});
export type Comparison = z.infer<typeof comparisonSchema>;
