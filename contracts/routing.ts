import { z } from "zod";
import { nameSchema } from "./endpoint.ts";
import { stampSchema } from "./stamps.ts";

/**
 * The routing contract: what a front door must answer so that a drill can re-route it.
 * Ours keeps to it; a team's own front door can too. One table switches the whole stack (P40).
 */
export const routingTableSchema = z.strictObject({
  /** Users of a region → the region whose application serves them, its home. */
  users: z.record(nameSchema, nameSchema),
  /**
   * Users of a region → the regions that may take them while their home is not healthy, the nearest first (A03: no
   * service re-routes an active group's users, the application side does). Who is not named here is always served by
   * the home. A front door that only knows explicit switches may ignore it.
   */
  fallbacks: z.record(nameSchema, z.array(nameSchema).min(1).max(4)).optional(),
  /** Region of an application → the cache it uses. */
  caches: z.record(nameSchema, nameSchema),
});
export type RoutingTable = z.infer<typeof routingTableSchema>;

/** `PUT /routing`. Repeating a version with the same table is a no-op; an older version or token is refused. */
export const routingChangeSchema = z.strictObject({
  version: z.int().min(1),
  fencingToken: z.int().min(1),
  table: routingTableSchema,
});
export type RoutingChange = z.infer<typeof routingChangeSchema>;

/** Users that a front door moved by itself. `n` counts from 1 and goes on over switches and restarts. */
export const routingMoveSchema = z.object({
  n: z.int().min(1),
  /** Of the table in force. */
  version: z.number(),
  users: nameSchema,
  from: nameSchema,
  to: nameSchema,
  at: stampSchema,
  /** In words: what made them leave, or that their home is healthy again. */
  reason: z.string(),
});
export type RoutingMove = z.infer<typeof routingMoveSchema>;

/** `GET /routing` and the answer to `PUT /routing`. */
export const routingStateSchema = z.object({
  version: z.number(),
  table: routingTableSchema,
  switchedAt: stampSchema.nullable(),
  /** Every instance that must know the table. The ones outside the table's regions may be unreachable. */
  instances: z.array(
    z.object({ name: z.string(), region: z.string(), required: z.boolean(), version: z.number().nullable() }),
  ),
  /** When the last request of an older version was answered; null while none was since the switch. */
  lastOldVersionServedAt: stampSchema.nullable(),
  /** Requests of older versions still under way. */
  oldVersionInFlight: z.number(),
  /** Of a table with `fallbacks`: which region serves the users of each region, and since when. */
  serving: z.array(z.object({ users: nameSchema, region: nameSchema, since: stampSchema })).optional(),
  /** Of a table with `fallbacks`: the last 100 moves, oldest first. */
  moves: z.array(routingMoveSchema).optional(),
});
export type RoutingState = z.infer<typeof routingStateSchema>;

/** `PUT /drain {draining}`: while draining the front door answers writes with 503 and lets reads pass (planned failover). */
export const drainSchema = z.strictObject({ draining: z.boolean(), fencingToken: z.int().min(1) });

/** Headers of every response: who served it. */
export const servedByHeaders = {
  region: "x-lifeboat-region",
  cache: "x-lifeboat-cache",
  routingVersion: "x-lifeboat-routing-version",
} as const;
/** Request header by which a user says from which region they come. */
export const USER_REGION_HEADER = "x-lifeboat-user-region";
