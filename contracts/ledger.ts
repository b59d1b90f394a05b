import { z } from "zod";
import { endpointSchema, nameSchema } from "./endpoint.ts";
import { stampSchema } from "./stamps.ts";

/**
 * What the application makes of a write. `string`: the token under `<keyPrefix><writer>:<seq>`. `counter`: one more at
 * `key`. `set`: the member `<writer>:<seq>:<token>` in `key`. Writers may share a key, so that regions meet there.
 */
export const storesSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("string") }),
  z.strictObject({ kind: z.literal("counter"), key: z.string().min(1) }),
  z.strictObject({ kind: z.literal("set"), key: z.string().min(1) }),
]);

/** A writer sends write number seq at t0 + seq / rate, through the front door, as a user of its region does. */
const writerSpecSchema = z.strictObject({
  name: nameSchema,
  region: nameSchema,
  /** `{writer}`, `{seq}` and `{token}` are replaced; a 2xx is the acknowledgement. */
  url: z.string().min(1),
  /** Absent: PUT. */
  method: z.enum(["PUT", "POST"]).optional(),
  /** Absent: a string. */
  stores: storesSchema.optional(),
  headers: z.record(z.string(), z.string()).default({}),
  ratePerSecond: z.number().gt(0).max(5000),
  timeoutMs: z.int().min(1).max(60_000),
});
export type WriterSpec = z.infer<typeof writerSpecSchema>;

/** One cache as the ledger reaches it. */
const ledgerCacheSchema = z.strictObject({
  cache: nameSchema,
  endpoint: endpointSchema,
  username: z.string(),
  password: z.string(),
});
export type LedgerCache = z.infer<typeof ledgerCacheSchema>;

/** `PUT /ledgers/:id` */
export const ledgerSpecSchema = z.strictObject({
  writers: z.array(writerSpecSchema).min(1),
  /** Caches whose counters of evicted and expired keys are noted at the start: what they counted before is not the drill's. */
  caches: z.array(ledgerCacheSchema).optional(),
  /** The application stores write seq of a writer as a string under `<keyPrefix><writer>:<seq>`, without a TTL. */
  keyPrefix: z.string().min(1),
  outFolder: z.string().min(1),
  maxDurationMs: z.int().min(1000).max(86_400_000),
});
export type LedgerSpec = z.infer<typeof ledgerSpecSchema>;

const writeOutcomes = ["ok", "fail", "unknown"] as const;
export type WriteOutcome = (typeof writeOutcomes)[number];
/** Why a write failed, where it matters: the cache said that its memory is full. */
export const OOM_REASON = "oom";

/**
 * `ledger/writes.ndjson.gz`: first line {schema, origin: Stamp, keyPrefix, writers}, then one array per write:
 * [writer, seq, token, sentUs, endUs, outcome, servedRegion | null, servedCache | null, routingVersion | null], and a
 * reason behind it where one is known.
 * `ok`: acknowledged. `fail`: surely not done (refused before it could be). `unknown`: time-out, reset, 5xx after
 * it may have reached the cache.
 */
export const writeLineSchema = z.tuple([
  z.string(),
  z.number(),
  z.string(),
  z.number(),
  z.number(),
  z.enum(writeOutcomes),
  z.string().nullable(),
  z.string().nullable(),
  z.number().nullable(),
  z.enum([OOM_REASON]).optional(),
]);
export type WriteLine = z.infer<typeof writeLineSchema>;

/** `POST /ledgers/:id/read-back`: reads every write back from each cache and notes what confounds the reading. */
export const readBackRequestSchema = z.strictObject({
  label: z.enum(["after-recovery", "after-healing"]),
  caches: z.array(ledgerCacheSchema),
  timeoutMs: z.int().min(1000).max(600_000).default(60_000),
});
export type ReadBackRequest = z.infer<typeof readBackRequestSchema>;

/**
 * `ledger/reads.<label>.<cache>.ndjson.gz`: first line {schema, label, cache, origin, upToSeq: {writer: seq},
 * confounders} with `origin` the Stamp at which the reading began, after the outcome of every write up to `upToSeq` was
 * known; then [writer, seq, token | null] for each of these writes (null: absent; no line: it could not be read).
 * Writes to a counter leave no line: the header's `shown` says what each showed, read between two stamps, and
 * `strangers` counts members of sets that no writer sent.
 */
export type ReadLine = readonly [writer: string, seq: number, token: string | null];

export const counterReadingSchema = z.object({
  key: z.string(),
  /** Null: it could not be read. An absent counter shows 0. */
  value: z.number().nullable(),
  notBefore: stampSchema,
  notAfter: stampSchema,
});
export type CounterReading = z.infer<typeof counterReadingSchema>;

/** What would make the loss count meaningless; each must be zero. */
export const confoundersSchema = z.object({
  expiredKeys: z.number(),
  evictedKeys: z.number(),
  readErrors: z.number(),
  writerRestarts: z.number(),
});
export const readBackAnswerSchema = z.object({
  reads: z.array(
    z.object({
      cache: z.string(),
      path: z.string(),
      sha256: z.string(),
      present: z.number(),
      absent: z.number(),
      confounders: confoundersSchema,
    }),
  ),
});

export const ledgerStatusSchema = z.object({
  id: z.string(),
  state: z.enum(["running", "stopped"]),
  writers: z.array(
    z.object({ name: z.string(), sent: z.number(), ok: z.number(), fail: z.number(), unknown: z.number() }),
  ),
});
export const ledgerResultSchema = z.object({ path: z.string(), sha256: z.string(), writes: z.number() });
