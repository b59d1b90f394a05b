import { z } from "zod";
import { endpointSchema, nameSchema } from "./endpoint.ts";
import { routingTableSchema } from "./routing.ts";

/** What Lifeboat's own front door offers beyond the routing contract (routing.ts). */

/** `PUT /instances/:name`: a regional application, with its endpoint as seen from the edge. */
export const instanceSpecSchema = z.strictObject({ region: nameSchema, endpoint: endpointSchema });
export type InstanceSpec = z.infer<typeof instanceSpecSchema>;

/** `GET /instances`, and the answer to `PUT` and `DELETE` below it. */
export const instanceListSchema = z.object({
  instances: z.array(
    instanceSpecSchema.extend({ name: nameSchema, answered: z.number(), unanswered: z.number(), inFlight: z.number() }),
  ),
  /** Users' requests that were answered since the front door started: below status 500, and from 500 on. */
  requests: z.object({ served: z.number(), failed: z.number() }),
});
export type InstanceList = z.infer<typeof instanceListSchema>;

/** `PUT /instance/routing` at a regional application: know this table, and serve by it once requests carry its version. */
export const instanceRoutingSchema = z.strictObject({ version: z.int().min(1), table: routingTableSchema });
export type InstanceRouting = z.infer<typeof instanceRoutingSchema>;
export const instanceRoutingAnswerSchema = z.object({ version: z.number(), cacheConnected: z.boolean() });

/**
 * `GET /instance/health` at a regional application: what it finds by using its own cache at this moment. A cache that
 * is closed, read-only, stale or silent takes no writes; one that is full does, in this sense: no other place is better.
 */
export const instanceHealthSchema = z.object({
  cache: nameSchema.nullable(),
  takesWrites: z.boolean(),
  /** Why it takes none. */
  detail: z.string().nullable(),
});
export type InstanceHealth = z.infer<typeof instanceHealthSchema>;

/** Answer to `PUT /drain`: once `writesInFlight` is 0 no write that was let in before is still under way. */
export const drainAnswerSchema = z.object({ draining: z.boolean(), writesInFlight: z.number() });
export type DrainAnswer = z.infer<typeof drainAnswerSchema>;
