import { z } from "zod";
import { nameSchema } from "../contracts/endpoint.ts";
import { outageModes } from "../contracts/fault.ts";

const name = nameSchema;
const durationMs = z.int().min(0).max(86_400_000);
const sentence = z.string().min(1).max(2000);

const regionSchema = z.strictObject({
  name,
  /** One-way latency of the WAN to other regions and to the edge, in milliseconds. */
  wanLatencyMs: z.record(z.string(), z.number().min(0).max(2000)).default({}),
});

const cacheSchema = z.strictObject({
  name,
  region: name,
  /** Premium size: P1 = 6 GB … P5 = 120 GB, scaled down by `memoryScale`. */
  sku: z.enum(["P1", "P2", "P3", "P4", "P5"]).default("P1"),
});

/** 1/memoryScale of the SKU's memory is really given to redis. */
const memoryScale = z.int().min(1).max(100_000).default(1000);

const pairSchema = z.strictObject({
  kind: z.literal("passive-pair"),
  regions: z.array(regionSchema).min(2).max(5),
  caches: z.array(cacheSchema).length(2),
  primary: name,
  secondary: name,
  memoryScale,
});

const memberSchema = z.strictObject({
  /** Of the cluster; its database is `default` (A18). */
  name,
  region: name,
  sku: z.enum(["Enterprise_E5", "Enterprise_E10", "Enterprise_E20", "Enterprise_E50", "Enterprise_E100"]),
});

const evictionPolicies = [
  "NoEviction",
  "AllKeysLFU",
  "AllKeysLRU",
  "AllKeysRandom",
  "VolatileLFU",
  "VolatileLRU",
  "VolatileRandom",
  "VolatileTTL",
] as const;

const groupSchema = z.strictObject({
  kind: z.literal("active-group"),
  /** Names the group; it must match exactly (A27). */
  nickname: name,
  regions: z.array(regionSchema).min(2).max(5),
  /** The members, all of one size (A01, A10). The first one makes the group, the others join it (A14). */
  caches: z.array(memberSchema).min(2).max(5),
  evictionPolicy: z.enum(evictionPolicies).default("NoEviction"),
  memoryScale,
});

const topologySchema = z.discriminatedUnion("kind", [pairSchema, groupSchema]);
export type Topology = z.infer<typeof topologySchema>;
export type PairTopology = z.infer<typeof pairSchema>;
export type GroupTopology = z.infer<typeof groupSchema>;

const loadSchema = z.strictObject({
  /** Iterations a second over all regions, constant arrival rate. */
  ratePerSecond: z.int().min(1).max(2000),
  script: z.enum(["mixed", "leaderboard"]).default("mixed"),
});

const ledgerSchema = z.strictObject({
  writersPerRegion: z.int().min(1).max(8),
  ratePerSecond: z.number().gt(0).max(2000),
});

const probesSchema = z.strictObject({
  /** Streams that an objective names: interval in milliseconds (1 = 1 kHz). */
  objectiveIntervalMs: z.number().min(0.5).max(1000).default(1),
  otherIntervalMs: z.number().min(1).max(1000).default(20),
  timeoutMs: z.int().min(10).max(10_000).default(200),
});

/** Every objective is compared as evidence.md §6 says: pass if the upper bound keeps it, fail if the lower breaks it. */
const objectiveSchema = z.discriminatedUnion("metric", [
  z.strictObject({
    id: name,
    metric: z.literal("rto"),
    /** The service stream of this region and operation is the one compared. */
    region: name,
    op: z.enum(["read", "write"]),
    atMostMs: durationMs,
  }),
  z.strictObject({ id: name, metric: z.literal("lost-writes"), atMost: z.int().min(0) }),
  z.strictObject({
    id: name,
    metric: z.literal("latency-p95"),
    phase: z.enum(["baseline", "fault", "validate"]),
    region: name,
    op: z.enum(["read", "write"]),
    atMostMs: z.number().gt(0),
  }),
  z.strictObject({ id: name, metric: z.literal("replication-delay"), atMostMs: z.number().gt(0) }),
  z.strictObject({ id: name, metric: z.literal("redundancy-restored"), atMostMs: durationMs }),
  z.strictObject({ id: name, metric: z.literal("time-to-converge"), atMostMs: durationMs }),
  z.strictObject({ id: name, metric: z.literal("members-equal") }),
  z.strictObject({
    id: name,
    metric: z.literal("headroom-at-decision"),
    /** Free share of maxmemory at the tightest survivor. */
    atLeastRatio: z.number().min(0).max(1),
  }),
  z.strictObject({ id: name, metric: z.literal("oom-refusals"), atMost: z.int().min(0) }),
  z.strictObject({
    id: name,
    metric: z.literal("local-write-p50"),
    phase: z.enum(["baseline", "fault", "act", "restore", "heal", "validate"]),
    region: name,
    atMostMs: z.number().gt(0),
  }),
  z.strictObject({ id: name, metric: z.literal("drill-clock"), atMostMs: durationMs }),
]);
export type Objective = z.infer<typeof objectiveSchema>;

/** A member that was force-unlinked is deleted, created anew and joins, once its region is back (A24). */
const responseSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }),
  z.strictObject({
    kind: z.literal("force-unlink"),
    /** The person who answers for it (G10). Where a person decides, only this one may. */
    owner: z.string().min(1),
    /** Nobody is asked before the tightest survivor has less than this share of maxmemory free. */
    trigger: z.strictObject({ headroomBelowRatio: z.number().gt(0).lt(1), timeoutMs: durationMs }).optional(),
  }),
]);

/** Clients that write straight to their own region's member while a region is lost, beside load and ledger. */
const writesSchema = z.strictObject({
  regions: z.array(name).min(1).max(5),
  commands: z.enum(["set", "leaderboard"]).default("set"),
  /** Of each region. */
  ratePerSecond: z.int().min(1).max(20_000),
  valueBytes: z.int().min(1).max(65_536).default(100),
  /** The regions share these keys (members of one sorted set), so that their writes meet. */
  keys: z.int().min(1).max(1_000_000).default(1000),
});
export type WritesSpec = z.infer<typeof writesSchema>;

const stepSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("region-outage"),
    region: name,
    mode: z.enum(outageModes),
    /** How long the fault stays after users are served again, at least. */
    holdMs: durationMs.default(5000),
    /** Of an active group. Absent: nothing is done about the lost member but to wait for it. */
    response: responseSchema.optional(),
    writes: writesSchema.optional(),
  }),
  z.strictObject({
    kind: z.literal("latency"),
    from: z.string(),
    to: z.string(),
    path: z.enum(["clients", "replication", "all"]).default("all"),
    stepsMs: z.array(z.number().min(0).max(5000)).min(1).max(20),
    stepDurationMs: durationMs,
  }),
  z.strictObject({ kind: z.literal("drain"), settleMs: durationMs.default(500) }),
]);
export type Step = z.infer<typeof stepSchema>;

const decisionSchema = z.discriminatedUnion("by", [
  z.strictObject({ by: z.literal("policy"), afterMs: durationMs.default(0) }),
  z.strictObject({ by: z.literal("person"), role: z.string().min(1), timeoutMs: durationMs }),
]);

const personSchema = z.strictObject({
  id: z.string().min(1),
  role: z.enum(["controller", "operator", "observer", "approver", "reviewer"]),
});

/** One drill as data. YAML on disk; its canonical JSON is hashed, and the hash is the plan. */
export const scenarioSchema = z.strictObject({
  schema: z.literal("lifeboat/scenario/1"),
  name,
  title: z.string().min(1).max(120),
  narrative: sentence,
  whyPlausible: sentence,
  assumptions: z.array(sentence).default([]),
  exclusions: z.array(sentence).default([]),
  environment: z.enum(["container", "staging", "production"]).default("container"),
  people: z.array(personSchema).default([]),
  topology: topologySchema,
  timingProfile: z.enum(["fast"]).default("fast"),
  load: loadSchema,
  ledger: ledgerSchema,
  probes: probesSchema.prefault({}),
  baselineMs: durationMs.default(8000),
  steps: z.array(stepSchema).min(1).max(1),
  detection: z
    .strictObject({
      region: name,
      op: z.enum(["read", "write"]).default("write"),
      /**
       * The alarm rises when every probe of that stream failed for this long (the observer watches a minute at most); of
       * a group, when no other member has heard of the lost one for so long.
       */
      failingForMs: z.int().min(0).max(60_000).default(1000),
      timeoutMs: durationMs.default(30_000),
    })
    .optional(),
  decision: decisionSchema.optional(),
  approvals: z.array(z.strictObject({ gate: z.enum(["start"]), role: z.string(), timeoutMs: durationMs })).default([]),
  abortWhen: z.array(z.strictObject({ metric: z.literal("drill-duration"), aboveMs: durationMs })).default([]),
  /** Users served from the other region for at least this long before healing (dwell). */
  dwellMs: durationMs.default(5000),
  /** Longer than it takes to notice a dead worker (3 s) and to start another one, so that its faults outlive it. */
  leaseMs: z.int().min(10_000).max(600_000).default(15_000),
  objectives: z.array(objectiveSchema).min(1),
});
export type Scenario = z.infer<typeof scenarioSchema>;
