import { z } from "zod";

/** A reading of the host's monotonic clock with its wall-clock label (base/clocks.ts). */
export const stampSchema = z.object({ monoNs: z.string().regex(/^\d+$/), utc: z.iso.datetime() });

/** An instant known only to lie between two readings. */
export const boundedInstantSchema = z.object({ notBefore: stampSchema, notAfter: stampSchema });
export type BoundedInstant = z.infer<typeof boundedInstantSchema>;
