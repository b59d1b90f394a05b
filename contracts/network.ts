import { z } from "zod";
import { endpointSchema, nameSchema } from "./endpoint.ts";

/** One L4 path from a place to a target; it listens on a port of its own and keeps it over restarts. */
export const linkSpecSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9.:-]{1,120}$/),
  /** Region (or `edge`) of the one who connects. */
  from: nameSchema,
  /** Region of the target. */
  to: nameSchema,
  path: z.enum(["clients", "replication"]),
  target: endpointSchema,
  /** One-way base latency of this path in milliseconds: the WAN that is always there. */
  baseLatencyMs: z.number().min(0).max(60_000),
  /** Address to listen on: loopback, or the bridge's gateway for containers. */
  listenHost: z.string().default("127.0.0.1"),
});
export type LinkSpec = z.infer<typeof linkSpecSchema>;

export const linkSchema = linkSpecSchema.extend({
  endpoint: endpointSchema,
  openConnections: z.number(),
  bytesForward: z.number(),
  bytesBackward: z.number(),
  /** Ids of the conditions in force on this link. */
  conditions: z.array(z.string()),
});
export type Link = z.infer<typeof linkSchema>;
export const linkListSchema = z.object({ links: z.array(linkSchema) });

const selector = z.strictObject({
  from: z.string(),
  to: z.string(),
  path: z.enum(["clients", "replication", "all"]),
});

/** What happens to bytes on the selected links. Directions follow the selector: `from` → `to`. */
const conditionEffectSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("latency"), latencyMs: z.number().min(0), jitterMs: z.number().min(0) }),
  z.strictObject({ kind: z.literal("bandwidth"), bytesPerSecond: z.number().min(1) }),
  z.strictObject({ kind: z.literal("partition") }),
  z.strictObject({ kind: z.literal("loss") }),
  z.strictObject({ kind: z.literal("reset") }),
]);
export type ConditionEffect = z.infer<typeof conditionEffectSchema>;

/**
 * `PUT /conditions/:id`. Carries its own end, so that it is gone in time even when the keeper is dead.
 * `selectors`: a condition holds on a link that any of them matches, in the matched direction
 * (a link a → b is matched forward by {from a, to b} and backward by {from b, to a}).
 */
export const conditionSchema = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9._-]{1,80}$/),
  selectors: z.array(selector).min(1),
  effect: conditionEffectSchema,
  /** Monotonic nanoseconds (decimal) after which the condition lifts itself. */
  endsAtMonoNs: z.string().regex(/^\d+$/),
});
export type Condition = z.infer<typeof conditionSchema>;
export const conditionListSchema = z.object({ conditions: z.array(conditionSchema) });
