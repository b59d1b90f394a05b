import { z } from "zod";

/** A measured quantity known to lie between two bounds, or not measured and why. */
export const intervalSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("measured"),
    lo: z.number(),
    hi: z.number(),
    unit: z.enum(["ms", "writes", "ratio", "differences"]),
  }),
  /** `atLeast`: a sound lower bound where the upper one is unknown, e.g. an outage that had not ended. */
  z.object({ kind: z.literal("not-measured"), why: z.string(), atLeast: z.number().optional() }),
]);
