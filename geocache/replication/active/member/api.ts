import { z } from "zod";
import { endpointSchema, nameSchema } from "../../../../contracts/endpoint.ts";
import { evictionPolicySchema } from "./eviction-policy.ts";

/**
 * What a member's syncer answers to the control plane, over HTTP with the group's control token:
 * `GET /view` (contracts/groups.ts), `GET /conflicts?after=…`, `PUT /membership`, `POST /leave`,
 * `POST /flush`, `POST /start-empty`.
 */

/** `PUT /membership`: everybody but the one who is told. A lower epoch than the known one is refused (A24). */
export const membershipSchema = z.strictObject({
  epoch: z.int().min(1),
  peers: z.array(z.strictObject({ member: nameSchema, endpoint: endpointSchema })).max(4),
});
export type MembershipOrder = z.infer<typeof membershipSchema>;

/** `POST /leave`: closes to clients and waits until every peer has acknowledged everything, at most `timeoutMs`. */
export const leaveSchema = z.strictObject({ timeoutMs: z.int().min(0).max(60_000) });
export const leaveAnswerSchema = z.object({ unacknowledged: z.number() });

/**
 * `POST /flush`: `pause` holds writers back for `holdMs`, `resume` lets them go on, `wipe` drops data and log and goes on
 * under the new membership. `byMs`, wall clock: later nobody waits for the answer, and nothing is done.
 */
export const flushSchema = z.discriminatedUnion("step", [
  z.strictObject({ step: z.literal("pause"), holdMs: z.int().min(1).max(30_000), byMs: z.number() }),
  z.strictObject({ step: z.literal("resume"), byMs: z.number() }),
  z.strictObject({ step: z.literal("wipe"), membership: membershipSchema }),
]);
export type FlushOrder = z.infer<typeof flushSchema>;

/** The file a syncer starts from (mode 0600): `node member/main.ts <file>`. PORT-like choices are told back by record. */
export const memberConfigSchema = z.strictObject({
  member: nameSchema,
  /** Secret of the group: names of functions and keys are made from it, and peers prove themselves with it. */
  secret: z.string().min(16),
  controlToken: z.string().min(16),
  redis: z.strictObject({ endpoint: endpointSchema, username: z.string(), password: z.string() }),
  /** Where peers and the control plane connect to; links lead there. Fixed for the life of the member. */
  exchange: z.strictObject({ host: z.string(), port: z.int() }),
  control: z.strictObject({ host: z.string(), port: z.int() }),
  /** This machine as the redis sees it, where a snapshot for it is served. Default: the exchange's host. */
  hostForRedis: z.string().optional(),
  membership: membershipSchema,
  evictionPolicy: evictionPolicySchema,
  maxmemoryBytes: z.number(),
  /** Skews this member's clock, for tests. */
  clockOffsetMs: z.number().default(0),
  /** Conflicts are appended here as NDJSON. */
  conflictsFile: z.string(),
});
export type MemberConfig = z.infer<typeof memberConfigSchema>;
