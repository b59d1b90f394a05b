import { z } from "zod";
import { differenceSchema } from "../contracts/groups.ts";
import { intervalSchema } from "./interval-schema.ts";

/** What measures.json says of an active group. Times are milliseconds since run.opened. */

const memorySchema = z.object({
  atMs: z.number(),
  usedBytes: z.number(),
  rssBytes: z.number(),
  maxBytes: z.number(),
  logBytes: z.number(),
  /** Free share of maxmemory; null: it has no limit. */
  headroomRatio: z.number().nullable(),
});
export type MemoryMoment = z.infer<typeof memorySchema>;

/** A member's memory where it matters; null: no sample of it there. */
const memberMemorySchema = z.object({
  member: z.string(),
  region: z.string(),
  beforeFault: memorySchema.nullable(),
  atDecision: memorySchema.nullable(),
  /** Largest used_memory from the fault on. */
  atPeak: memorySchema.nullable(),
  /** Smallest used_memory between the force-unlink and the healing. */
  afterRelease: memorySchema.nullable(),
  /** The last sample of the run. */
  afterHealing: memorySchema.nullable(),
  syncerRssPeakBytes: z.number(),
});
export type MemberMemory = z.infer<typeof memberMemorySchema>;

/** What the tightest survivor was forecast to do, and what it did. */
const forecastPointSchema = z.object({
  label: z.enum(["decision", "fault", "on-the-way"]),
  atMs: z.number(),
  member: z.string().nullable(),
  /** Forecast; null: no rise, or too few samples. */
  minutesToOom: z.number().nullable(),
  /** What came true, or what the last forecast said where the end was not reached; null: neither is known. */
  actualMinutes: z.number().nullable(),
  errorMinutes: z.number().nullable(),
});
export type ForecastPoint = z.infer<typeof forecastPointSchema>;

const forecastMeasureSchema = z.object({
  /** `reached`: a survivor refused a write, or had all its memory in use. */
  outcome: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("reached"), atMs: z.number(), member: z.string().nullable(), by: z.string() }),
    /** Compared with the last forecast before the pressure was gone. */
    z.object({ kind: z.literal("not-reached"), expectedAtMs: z.number().nullable() }),
  ]),
  points: z.array(forecastPointSchema),
});

/** What became of the acknowledged writes of one region, by the region that acknowledged them. */
const originSchema = z.object({
  region: z.string(),
  attempted: z.number(),
  acknowledged: z.number(),
  /** Everywhere, at each read-back. */
  present: z.number(),
  /** Missed by some member after recovery, everywhere after healing. */
  delayed: z.number(),
  /** On no surviving member after healing. */
  lost: z.number(),
  /** Of the lost: acknowledged by the region that a fault hit, before it was a member again. Nobody had pulled them. */
  lostUnsent: z.number(),
  /** After healing on some members only. */
  disagreeing: z.number(),
  /** Acknowledged, and not read by every member after healing. */
  unread: z.number(),
  /** Neither acknowledged nor surely refused. */
  unknown: z.number(),
  oomRefused: z.number(),
});
export type OriginMeasure = z.infer<typeof originSchema>;

/** A write that some members have and others lack after healing. */
const disagreementSchema = z.object({
  writer: z.string(),
  seq: z.number(),
  has: z.array(z.string()),
  lacks: z.array(z.string()),
});

const sums = ["adds-up", "behind", "too-low", "too-high", "unread"] as const;
/** A counter at one member against what was added to it: acknowledged ≤ shown ≤ acknowledged + unknown. */
const counterMeasureSchema = z.object({
  label: z.enum(["after-recovery", "after-healing"]),
  cache: z.string(),
  key: z.string(),
  shown: z.number().nullable(),
  /** Acknowledged before the reading began. */
  acknowledged: z.number(),
  /** Of unknown outcome, or acknowledged while it was read. */
  unknown: z.number(),
  /** `behind`: too low at the first reading, where operations may still be under way. */
  sum: z.enum(sums),
});
export type CounterMeasure = z.infer<typeof counterMeasureSchema>;

const setMeasureSchema = z.object({
  label: z.enum(["after-recovery", "after-healing"]),
  cache: z.string(),
  /** Members that no writer sent. */
  strangers: z.number(),
});

const comparisonSummarySchema = z.object({
  label: z.string(),
  atMs: z.number(),
  tookMs: z.number(),
  equal: z.boolean(),
  members: z.array(z.object({ cache: z.string(), keys: z.number(), elements: z.number() })),
  differenceCount: z.number(),
  /** The first ten. */
  differences: z.array(differenceSchema),
});
export type ComparisonSummary = z.infer<typeof comparisonSummarySchema>;

const lagSchema = z.object({
  member: z.string(),
  /** What `member` holds for this one, unacknowledged. */
  peer: z.string(),
  maxOperations: z.number(),
  maxBytes: z.number(),
  /** Age of the oldest one, at its largest, and when that was. */
  maxMs: z.number(),
  maxAtMs: z.number(),
  lastOperations: z.number(),
});
export type LagMeasure = z.infer<typeof lagSchema>;

/** From when on a member saw this membership. */
const epochSchema = z.object({ member: z.string(), atMs: z.number(), epoch: z.number(), members: z.array(z.string()) });

export const activeMeasureSchema = z.object({
  samples: z.number(),
  /** Polls that had no answer. */
  missedSamples: z.number(),
  memory: z.array(memberMemorySchema),
  forecast: forecastMeasureSchema.nullable(),
  headroomAtDecision: intervalSchema,
  /** Which member had the least left at the decision. */
  tightestAtDecision: z.string().nullable(),
  timeToConverge: intervalSchema,
  drillClock: intervalSchema,
  comparisons: z.array(comparisonSummarySchema),
  /** Counted by each member itself, and how many of them are listed in `conflicts/`. */
  conflicts: z.array(z.object({ member: z.string(), count: z.number(), listed: z.number().nullable() })),
  origins: z.array(originSchema),
  lostAcknowledged: intervalSchema,
  oomRefusals: intervalSchema,
  /** The first hundred. */
  disagreements: z.array(disagreementSchema),
  counters: z.array(counterMeasureSchema),
  sets: z.array(setMeasureSchema),
  lag: z.array(lagSchema),
  epochs: z.array(epochSchema),
  totalLoss: z.boolean(),
});
export type ActiveMeasure = z.infer<typeof activeMeasureSchema>;
