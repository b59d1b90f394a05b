import { z } from "zod";
import { stampSchema } from "./stamps.ts";

/**
 * `load/buckets.ndjson`: what the load generator saw, in time buckets. First line: the header. Each further line is
 * one bucket of one operation in one region. Percentiles of a span come from the sum of its buckets' counts.
 */
export const loadHeaderSchema = z.object({
  schema: z.literal("lifeboat/load/1"),
  /** Wall clock in milliseconds of the start of the load. */
  originUtcMs: z.number(),
  /** The same instant on both clocks: maps wall times of this file to the monotonic clock. */
  anchor: stampSchema,
  bucketMs: z.number(),
  /** Upper bounds of the histogram's classes in milliseconds, ascending; one more class holds what is above. */
  boundsMs: z.array(z.number()),
});
export type LoadHeader = z.infer<typeof loadHeaderSchema>;

export const loadBucketSchema = z.object({
  /** Start of the bucket, wall clock in milliseconds. A request counts in the bucket in which it was sent. */
  at: z.number(),
  /** Operation: `session-read` … ; `none` on lines that only tell of dropped iterations. */
  op: z.string(),
  region: z.string(),
  ok: z.number(),
  failed: z.number(),
  /** Latency of the requests that were ok: [class, count], only classes that are not empty. */
  counts: z.array(z.tuple([z.number(), z.number()])),
  /** Iterations that were due and not started because no virtual user was free. */
  dropped: z.number(),
});
export type LoadBucket = z.infer<typeof loadBucketSchema>;
