import { z } from "zod";
import { endpointSchema, nameSchema } from "./endpoint.ts";
import { stampSchema } from "./stamps.ts";

/** Where a probe knocks. Service probes enter by the front door as users do; cache probes speak RESP. */
const probeTargetSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("service"),
    /** `{n}` in the URL is replaced by the probe's number. */
    url: z.url(),
    method: z.enum(["GET", "PUT", "POST"]),
    headers: z.record(z.string(), z.string()).default({}),
  }),
  z.strictObject({
    kind: z.literal("cache"),
    endpoint: endpointSchema,
    username: z.string(),
    password: z.string(),
    cache: nameSchema,
  }),
]);

/** One stream of open-loop probes: probe n is due at t0 + n × interval, whatever the ones before it do. */
const streamSpecSchema = z.strictObject({
  /** Also the name of the raw file: `probes/<name>.ndjson.gz`. */
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,98}$/),
  region: nameSchema,
  op: z.enum(["read", "write"]),
  target: probeTargetSchema,
  intervalMs: z.number().min(0.5).max(60_000),
  timeoutMs: z.number().min(1).max(60_000),
});
export type StreamSpec = z.infer<typeof streamSpecSchema>;

/** `PUT /sessions/:id`: starts the probes; each group runs on a thread of its own. Repeating it changes nothing. */
export const sessionSpecSchema = z.strictObject({
  groups: z.array(z.strictObject({ name: nameSchema, streams: z.array(streamSpecSchema).min(1) })).min(1),
  /** Folder that receives one raw file per stream. */
  outFolder: z.string().min(1),
  /** The observer stops by itself after this long. */
  maxDurationMs: z.int().min(1000).max(86_400_000),
});
export type SessionSpec = z.infer<typeof sessionSpecSchema>;

/** Outcome codes of a raw sample. */
const probeOutcomes = ["ok", "refused", "timeout", "reset", "error"] as const;
export type ProbeOutcome = (typeof probeOutcomes)[number];

/**
 * A raw probe file is gzipped NDJSON. First line: the header. Each further line is one sample, an array
 * [dueUs, sentUs, endUs, outcome, lateUs]: microseconds since the header's origin; `endUs` is when the outcome was
 * known (for a time-out: sent + time-out); `lateUs` when a good (`ok`) answer came after the time-out, else null.
 */
export const probeHeaderSchema = z.object({
  schema: z.literal("lifeboat/probes/1"),
  stream: streamSpecSchema.omit({ target: true }).extend({ kind: z.enum(["service", "cache"]), target: z.string() }),
  origin: stampSchema,
});
export type ProbeHeader = z.infer<typeof probeHeaderSchema>;
export const probeSampleSchema = z.tuple([
  z.number(),
  z.number(),
  z.number(),
  z.enum(probeOutcomes),
  z.number().nullable(),
]);
export type ProbeSample = z.infer<typeof probeSampleSchema>;

/** `GET /sessions/:id`: the current numbers of each stream. */
const streamStatusSchema = z.object({
  name: z.string(),
  region: z.string(),
  op: z.enum(["read", "write"]),
  kind: z.enum(["service", "cache"]),
  sent: z.number(),
  ok: z.number(),
  failed: z.number(),
  /** Over the last second. */
  okRatio: z.number().nullable(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  /** Since when every probe failed; null while the last one was ok. */
  failingSince: stampSchema.nullable(),
  consecutiveFailures: z.number(),
  lastOk: stampSchema.nullable(),
  /** Largest lateness of a send against its due time so far. */
  maxLatenessMs: z.number(),
});
export type StreamStatus = z.infer<typeof streamStatusSchema>;
export const sessionStatusSchema = z.object({
  id: z.string(),
  state: z.enum(["running", "stopped"]),
  startedAt: stampSchema,
  streams: z.array(streamStatusSchema),
});
export type SessionStatus = z.infer<typeof sessionStatusSchema>;

/**
 * `POST /sessions/:id/await`: answers when the condition holds or the time is over. `down`: every probe of the
 * stream failed for `forMs`; `up`: every probe was ok for `forMs`.
 */
export const awaitSchema = z.strictObject({
  stream: z.string(),
  condition: z.enum(["down", "up"]),
  forMs: z.number().min(0).max(60_000),
  timeoutMs: z.number().min(1).max(60_000),
});
export const awaitAnswerSchema = z.object({ held: z.boolean(), at: stampSchema, since: stampSchema.nullable() });

/** `POST /sessions/:id/stop`: flushes and closes the raw files. */
export const sessionResultSchema = z.object({
  files: z.array(z.object({ stream: z.string(), path: z.string(), samples: z.number(), sha256: z.string() })),
});
export type SessionResult = z.infer<typeof sessionResultSchema>;
