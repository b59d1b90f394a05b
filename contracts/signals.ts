import { z } from "zod";
import { forecastSchema, type MemorySample } from "./forecast.ts";
import { groupViewSchema, memberViewSchema } from "./groups.ts";
import { stampSchema } from "./stamps.ts";

/** What the observer samples of an active group, and how it is asked for it. */

/**
 * `PUT /signals/:id`: polls `GET /lab/groups/:nickname` until it is stopped. Repeating it changes nothing.
 * Without `url` the lab of this installation is looked up at every sample, wherever its process is by then.
 */
export const signalsSpecSchema = z.strictObject({
  nickname: z.string().min(1),
  lab: z.strictObject({ url: z.url().optional(), token: z.string().min(1) }),
  intervalMs: z.int().min(20).max(60_000).default(200),
  /** Folder that receives `groups.ndjson.gz`. */
  outFolder: z.string().min(1),
  maxDurationMs: z.int().min(1000).max(86_400_000),
});
export type SignalsSpec = z.infer<typeof signalsSpecSchema>;

/** First line of `signals/groups.ndjson.gz`. */
export const signalsHeaderSchema = z.object({
  schema: z.literal("lifeboat/signals/1"),
  nickname: z.string(),
  origin: stampSchema,
  intervalMs: z.number(),
});
export type SignalsHeader = z.infer<typeof signalsHeaderSchema>;

const sampledMemberSchema = groupViewSchema.shape.members.element.omit({ resourceId: true }).extend({
  /** As the member gave it; `atUs` in place of its stamp. Null: it could not be asked. */
  view: memberViewSchema.omit({ member: true, at: true }).extend({ atUs: z.number() }).nullable(),
});

/**
 * Each further line: one poll, `sentUs` and `endUs` in microseconds since the header's origin. A poll without an answer
 * says why in `missed` and has no members: nothing is carried over from the one before.
 */
export const signalSampleSchema = z.union([
  z.object({
    sentUs: z.number(),
    endUs: z.number(),
    epoch: z.number(),
    totalLoss: z.boolean(),
    members: z.array(sampledMemberSchema),
  }),
  z.object({ sentUs: z.number(), endUs: z.number(), missed: z.string() }),
]);
export type SignalSample = z.infer<typeof signalSampleSchema>;
export type GroupSample = Exclude<SignalSample, { missed: string }>;

/**
 * What a poll says of the survivors' memory, `atMs` since the origin. One that joins is still being filled and one of an
 * older epoch is no member any more: neither says when the group's memory ends.
 */
export function survivorsMemory(sample: GroupSample): MemorySample[] {
  return sample.members.flatMap(({ cache, running, view }) => {
    if (!running || view?.phase !== "open" || view.epoch < sample.epoch) return [];
    const { atUs, usedMemoryBytes, maxmemoryBytes } = view;
    return [{ member: cache, atMs: atUs / 1000, usedBytes: usedMemoryBytes, maxBytes: maxmemoryBytes }];
  });
}

/** `GET /signals/:id` */
export const signalsStatusSchema = z.object({
  id: z.string(),
  state: z.enum(["running", "stopped"]),
  startedAt: stampSchema,
  samples: z.number(),
  missed: z.number(),
  /** The last poll that had an answer. */
  latest: signalSampleSchema.nullable(),
  forecast: forecastSchema,
});
export type SignalsStatus = z.infer<typeof signalsStatusSchema>;

/** `POST /signals/:id/await`: answers when one of the given conditions holds, or the time is over. */
export const awaitSignalsSchema = z
  .strictObject({
    /** Free share of maxmemory at the tightest survivor. */
    headroomBelowRatio: z.number().gt(0).max(1).optional(),
    /** Forecast time until the tightest survivor is full. */
    oomWithinMinutes: z.number().gt(0).optional(),
    timeoutMs: z.int().min(1).max(60_000),
  })
  .refine((wanted) => wanted.headroomBelowRatio !== undefined || wanted.oomWithinMinutes !== undefined, {
    message: "one of headroomBelowRatio and oomWithinMinutes must be given",
  });
export type AwaitSignals = z.infer<typeof awaitSignalsSchema>;
export const signalsAnswerSchema = z.object({ held: z.boolean(), at: stampSchema, forecast: forecastSchema });
export type SignalsAnswer = z.infer<typeof signalsAnswerSchema>;

/** `POST /signals/:id/stop` */
export const signalsResultSchema = z.object({ path: z.string(), samples: z.number(), sha256: z.string() });
export type SignalsResult = z.infer<typeof signalsResultSchema>;
