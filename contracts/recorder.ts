import { z } from "zod";

/** The recorder's API. Every mutating call carries the drill's fencing token; an older one is refused. */
const fenced = { fencingToken: z.int().min(1) };

/** `PUT /bundles/:drillId` opens (or adopts) the bundle; `scenario` is the plan in full. */
export const openBundleSchema = z.strictObject({
  ...fenced,
  scenario: z.unknown(),
  kind: z.string().default("rehearsal"),
});

/** `POST /bundles/:drillId/events`: `events` are EventInputs (evidence/events.ts), written in this order. */
export const appendEventsSchema = z.strictObject({ ...fenced, events: z.array(z.unknown()).min(1).max(100) });
export const appendAnswerSchema = z.object({ count: z.number(), head: z.string() });

/**
 * `PUT /bundles/:drillId/files` takes a file over: either its text or a path on this host outside the bundle.
 * Repeating it with the same content is a no-op; other content under the same path is a CONFLICT.
 */
export const putFileSchema = z.strictObject({
  ...fenced,
  path: z.string().min(1).max(200),
  source: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("text"), text: z.string() }),
    z.strictObject({ kind: z.literal("file"), file: z.string() }),
  ]),
});
export const putFileAnswerSchema = z.object({ path: z.string(), size: z.number(), sha256: z.string() });

/** `POST /bundles/:drillId/seal {ending}`: measures, judges, renders, signs. Repeating it gives the same answer. */
export const sealSchema = z.strictObject({ ...fenced, ending: z.string() });
export const sealAnswerSchema = z.object({
  folder: z.string(),
  reportFile: z.string(),
  manifestSha256: z.string(),
  overall: z.enum(["pass", "fail", "inconclusive"]),
  ending: z.string(),
  objectives: z.array(z.object({ id: z.string(), verdict: z.string(), why: z.string() })),
  headline: z.object({
    rto: z.string(),
    lostWrites: z.string(),
    /** Of an active group: what is said of it, line by line. */
    group: z
      .array(z.tuple([z.string(), z.string()]))
      .readonly()
      .optional(),
  }),
});
export type SealAnswer = z.infer<typeof sealAnswerSchema>;

/** `GET /bundles/:drillId` */
export const bundleStatusSchema = z.object({
  drillId: z.string(),
  folder: z.string(),
  state: z.enum(["open", "sealed"]),
  events: z.number(),
  fencingToken: z.number(),
});
