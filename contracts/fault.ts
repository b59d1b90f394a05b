import { z } from "zod";
import { EDGE, nameSchema } from "./endpoint.ts";
import { boundedInstantSchema, stampSchema } from "./stamps.ts";

const place = z.union([nameSchema, z.literal("*")]).describe(`a region, "${EDGE}", or "*" for all`);

/** Which connections between two places a link fault touches. */
const linkSelector = { from: place, to: place, path: z.enum(["clients", "replication", "all"]).default("all") };

/**
 * The fault catalogue. Latency and jitter in milliseconds one way, from `from` to `to`; bandwidth in bytes a second.
 * A one-way loss silences the direction from → to and keeps what was sent, as TCP does, until it is lifted.
 */
export const faultSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("region-outage"), region: nameSchema, mode: z.enum(["freeze", "kill", "isolate"]) }),
  z.strictObject({
    kind: z.literal("link-latency"),
    ...linkSelector,
    latencyMs: z.number().min(0).max(60_000),
    jitterMs: z.number().min(0).max(10_000).default(0),
  }),
  z.strictObject({ kind: z.literal("link-bandwidth"), ...linkSelector, bytesPerSecond: z.int().min(1) }),
  z.strictObject({ kind: z.literal("link-partition"), ...linkSelector }),
  z.strictObject({ kind: z.literal("link-loss"), ...linkSelector }),
  z.strictObject({ kind: z.literal("link-reset"), ...linkSelector }),
  z.strictObject({
    kind: z.literal("memory-pressure"),
    cache: nameSchema,
    /** Share of maxmemory that is to be in use while the fault is active. */
    fillRatio: z.number().gt(0).max(1),
  }),
]);
export type Fault = z.infer<typeof faultSchema>;
export type FaultKind = Fault["kind"];

export const outageModes = ["freeze", "kill", "isolate"] as const;
export type OutageMode = (typeof outageModes)[number];

/** `POST /faults`. The caller chooses the id: repeating the request with the same id injects once. */
export const faultRequestSchema = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9._-]{1,80}$/),
  holder: z.string().min(1).max(80),
  /**
   * From `POST /tokens`. Refused with STALE_TOKEN when its holder has a newer one, or when a newer one has been
   * presented for the same target.
   */
  fencingToken: z.int().min(1),
  leaseMs: z.int().min(500).max(3_600_000),
  fault: faultSchema,
});
export type FaultRequest = z.infer<typeof faultRequestSchema>;

const faultStates = ["injecting", "active", "lifting", "lifted", "lapsed", "failed"] as const;

export const faultRecordSchema = z.object({
  id: z.string(),
  holder: z.string(),
  fencingToken: z.number(),
  fault: faultSchema,
  /** `lapsed`: the lease ended before anyone lifted it. `failed`: injecting or lifting did not succeed; see `detail`. */
  state: z.enum(faultStates),
  leaseMs: z.number(),
  leaseEndsAt: stampSchema,
  requestedAt: stampSchema,
  /** Bounds of the instant at which the fault became real: before the first act and after it was seen to hold. */
  active: boundedInstantSchema.nullable(),
  lifted: boundedInstantSchema.nullable(),
  /** What was looked at after lifting, and whether the world is as before. */
  verification: z.array(z.object({ what: z.string(), holds: z.boolean() })),
  detail: z.string().nullable(),
});
export type FaultRecord = z.infer<typeof faultRecordSchema>;

export const faultListSchema = z.object({ faults: z.array(faultRecordSchema) });

/** `POST /faults/:id/renew` and `DELETE /faults/:id` */
export const faultHoldSchema = z.strictObject({ holder: z.string().min(1), fencingToken: z.int().min(1) });

/**
 * `POST /tokens {holder}`: gives the holder's token, made at its first request and higher than all before it.
 * With `takeOver` it is a new one, and whoever still acts with the holder's old one is refused from now on.
 */
export const tokenRequestSchema = z.strictObject({
  holder: z.string().min(1).max(80),
  takeOver: z.boolean().default(false),
});
export const tokenSchema = z.object({ holder: z.string(), fencingToken: z.number() });
