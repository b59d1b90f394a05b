import { z } from "zod";
import type { Conflict } from "../contracts/groups.ts";
import { confoundersSchema, counterReadingSchema, storesSchema, type WriteLine } from "../contracts/ledger.ts";
import type { LoadBucket, LoadHeader } from "../contracts/load.ts";
import type { ProbeHeader, ProbeSample } from "../contracts/observer.ts";
import type { SignalSample, SignalsHeader } from "../contracts/signals.ts";
import { stampSchema } from "../contracts/stamps.ts";

/** First lines of the ledger's files (contracts/ledger.ts). */
export const writesHeaderSchema = z.object({
  origin: stampSchema,
  keyPrefix: z.string(),
  /** Absent where nobody asked: what a writer's region is and what it writes matters in active groups only. */
  writers: z
    .array(z.object({ name: z.string(), region: z.string(), stores: storesSchema.optional() }))
    .optional()
    .catch(undefined),
});
export const readsHeaderSchema = z.object({
  label: z.enum(["after-recovery", "after-healing"]),
  cache: z.string(),
  /** When the reading began. */
  origin: stampSchema,
  upToSeq: z.record(z.string(), z.number()),
  confounders: confoundersSchema,
  strangers: z.number().optional(),
  shown: z.array(counterReadingSchema).optional(),
});

export type ProbeFile = { readonly header: ProbeHeader; readonly samples: readonly ProbeSample[] };
export type WritesFile = { readonly header: z.infer<typeof writesHeaderSchema>; readonly lines: readonly WriteLine[] };
export type ReadsFile = {
  readonly header: z.infer<typeof readsHeaderSchema>;
  readonly lines: readonly (readonly [writer: string, seq: number, token: string | null])[];
};
export type SignalsFile = { readonly header: SignalsHeader; readonly samples: readonly SignalSample[] };
export type ConflictsFile = { readonly member: string; readonly conflicts: readonly Conflict[] };
export type LoadFile = { readonly header: LoadHeader; readonly buckets: readonly LoadBucket[] };

/** What the observer, the ledger and the load generator wrote. */
export type RawFiles = {
  readonly probes: readonly ProbeFile[];
  readonly writes: WritesFile | null;
  readonly reads: readonly ReadsFile[];
  readonly load: LoadFile | null;
  /** Of active groups. */
  readonly signals?: SignalsFile | null;
  readonly conflicts?: readonly ConflictsFile[];
};
