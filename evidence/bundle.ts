import { z } from "zod";
import { stampSchema } from "../contracts/stamps.ts";
import { activeMeasureSchema } from "./active-bundle.ts";
import { phases } from "./events.ts";
import { intervalSchema } from "./interval-schema.ts";

/** Shapes of the files in a bundle that are derived: measures.json and verdict.json. */

const verdicts = ["pass", "fail", "inconclusive"] as const;
export type Verdict = (typeof verdicts)[number];

export type Interval = z.infer<typeof intervalSchema>;

const latencySchema = z.object({
  samples: z.number(),
  ok: z.number(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
  maxMs: z.number().nullable(),
});

const phaseSpanSchema = z.object({
  phase: z.enum(phases),
  state: z.enum(["done", "failed", "skipped", "never-reached"]),
  why: z.string().nullable(),
  startedAt: stampSchema.nullable(),
  endedAt: stampSchema.nullable(),
  durationMs: z.number().nullable(),
});

/** One stream of probes, summed up: its outage as an interval and its latency per phase. */
const streamMeasureSchema = z.object({
  stream: z.string(),
  kind: z.enum(["service", "cache"]),
  region: z.string(),
  op: z.enum(["read", "write"]),
  samples: z.number(),
  maxLatenessMs: z.number(),
  /** Outages shorter than this may be unseen: interval + time-out. */
  detectionFloorMs: z.number(),
  /** From the start of the fault on; see measures/outage.ts. Zero–zero when no probe failed. */
  outage: intervalSchema,
  /** Outages told apart by two seconds of good probes; `outage` is the longest of them. */
  outages: z.number().optional(),
  phases: z.record(z.string(), latencySchema),
});
export type StreamMeasure = z.infer<typeof streamMeasureSchema>;

const lossRangeSchema = z.object({ writer: z.string(), fromSeq: z.number(), toSeq: z.number() });

/** The write ledger after a read-back (evidence.md §6). */
const ledgerMeasureSchema = z.object({
  label: z.enum(["after-recovery", "after-healing"]),
  attempted: z.number(),
  acknowledged: z.number(),
  kept: z.number(),
  lost: z.number(),
  lostRanges: z.array(lossRangeSchema),
  unknownPresent: z.number(),
  unknownAbsent: z.number(),
  /** Refused writes that are there all the same. */
  unexpected: z.number(),
  wrongToken: z.number(),
  /** Caches whose content differs for acknowledged writes. */
  disagreements: z.number(),
  confounders: z.record(z.string(), z.number()),
  lossWindow: intervalSchema,
});
export type LedgerMeasure = z.infer<typeof ledgerMeasureSchema>;

export const measuresSchema = z.object({
  schema: z.literal("lifeboat/measures/1"),
  drillId: z.string(),
  phases: z.array(phaseSpanSchema),
  /** The recovery split up; `serve` is what users felt and what an RTO objective is compared with. */
  recovery: z.object({
    detect: intervalSchema,
    decide: intervalSchema,
    act: intervalSchema,
    serve: intervalSchema,
    stable: intervalSchema,
    redundant: intervalSchema,
  }),
  streams: z.array(streamMeasureSchema),
  ledger: z.array(ledgerMeasureSchema),
  replicationDelay: intervalSchema,
  faults: z.array(
    z.object({ id: z.string(), kind: z.string(), target: z.string(), state: z.string(), active: intervalSchema }),
  ),
  load: z.object({ iterations: z.number(), dropped: z.number(), droppedInBaseline: z.number() }).nullable(),
  /** Of an active group; absent for every other topology. */
  active: activeMeasureSchema.optional(),
});
export type Measures = z.infer<typeof measuresSchema>;

const objectiveResultSchema = z.object({
  id: z.string(),
  metric: z.string(),
  objective: z.string(),
  measured: intervalSchema,
  verdict: z.enum(verdicts),
  why: z.string(),
});

export const verdictSchema = z.object({
  schema: z.literal("lifeboat/verdict/1"),
  drillId: z.string(),
  overall: z.enum(verdicts),
  ending: z.string(),
  why: z.array(z.string()),
  objectives: z.array(objectiveResultSchema),
});
export type VerdictFile = z.infer<typeof verdictSchema>;

/** limits.json: what this run does not show, and what was modelled and what observed. */
const limitsSchema = z.object({
  schema: z.literal("lifeboat/limits/1"),
  timingProfile: z.string(),
  notShown: z.array(z.string()),
  rules: z.array(z.object({ id: z.string(), how: z.enum(["observed", "modelled"]), text: z.string() })),
});
export type Limits = z.infer<typeof limitsSchema>;
