import { z } from "zod";
import { endpointSchema, nameSchema } from "./endpoint.ts";

/** Environment variable that names a regional application's configuration file (mode 0600: it holds passwords). */
export const APP_CONFIG_ENV = "LIFEBOAT_APP_CONFIG";

/** How one regional application reaches its caches and its front door. */
export const appConfigSchema = z.strictObject({
  region: nameSchema,
  name: nameSchema,
  /** Every cache a routing table may give this region, with the endpoint as seen from here. */
  caches: z.record(
    nameSchema,
    z.strictObject({ endpoint: endpointSchema, username: z.string(), password: z.string() }),
  ),
  /** The front door: the routing table is fetched from `<routingUrl>/routing`. */
  routingUrl: z.url(),
  /** Bearer token of the routing contract; the front door presents it with every request it forwards. */
  routingToken: z.string().min(1),
  /** How long the origin behind the cached search takes. */
  originDelayMs: z.int().min(0).max(10_000),
});
export type AppConfig = z.infer<typeof appConfigSchema>;

/** On a failed write: it surely did not reach the cache. Without it, a failed write may have happened. */
export const NOT_WRITTEN_HEADER = "x-lifeboat-not-written";
/** Status of a write that a cache refused because its memory is full (Redis's own OOM error); it was not done. */
export const OUT_OF_MEMORY_STATUS = 507;
