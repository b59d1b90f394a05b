import { z } from "zod";

/** A name of a region, cache, workload or stream: what fits in a file name and in a host name. */
export const nameSchema = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, "must be 1–40 lower-case letters, digits or inner hyphens");

/** Where a client connects. With real Azure this is the cache's host name; locally it is a link. */
export const endpointSchema = z.object({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  tls: z.boolean(),
});
export type Endpoint = z.infer<typeof endpointSchema>;

/** The place outside all regions from which users enter and the front door forwards. */
export const EDGE = "edge";
