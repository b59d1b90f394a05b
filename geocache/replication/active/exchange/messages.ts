import { z } from "zod";

const vector = z.array(z.tuple([z.string(), z.int().nonnegative()]));

/** Who speaks, and at which epoch it takes the group to be. */
const speaker = { token: z.string(), member: z.string(), epoch: z.int() };

/** What syncers say to each other beside batches and snapshots themselves. */
export const messageSchema = z.discriminatedUnion("kind", [
  /** First word of the one who pulls: what it has, and whose operations it wants beside the other's own. */
  z.object({
    kind: z.literal("hello"),
    ...speaker,
    origin: z.string(),
    have: vector,
    relay: z.array(z.string()),
  }),
  z.object({ kind: z.literal("relay"), members: z.array(z.string()) }),
  /** `epoch`: acknowledgements count for the membership that they were given under. */
  z.object({ kind: z.literal("ack"), epoch: z.int(), origin: z.string(), issued: z.int(), applied: vector }),
  /** Said now and then by the one who provides, so that silence means something. */
  z.object({ kind: z.literal("alive") }),
  z.object({ kind: z.literal("refused"), reason: z.string() }),
  /** What was asked for lies before what is left of the log. */
  z.object({ kind: z.literal("full-sync-needed"), origin: z.string() }),

  /** First word of the one who asks once and is answered once. Asking for `standing` or `snapshot` means: it joins. */
  z.object({ kind: z.literal("question"), ...speaker, wants: z.enum(["standing", "snapshot", "keys"]) }),
  /** `heard`: the last that was heard of the asker itself, before it came to ask. */
  z.object({
    kind: z.literal("standing"),
    open: z.boolean(),
    applied: vector,
    heard: z.object({ origin: z.string(), issued: z.int() }).nullable(),
  }),
  /** base64 */
  z.object({ kind: z.literal("keys"), keys: z.array(z.string()) }),
  /** Behind the last part of a snapshot or of the keys. */
  z.object({ kind: z.literal("end") }),
]);

export type Message = z.infer<typeof messageSchema>;
export type Hello = Extract<Message, { kind: "hello" }>;
export type Question = Extract<Message, { kind: "question" }>;
export type Standing = Extract<Message, { kind: "standing" }>;
