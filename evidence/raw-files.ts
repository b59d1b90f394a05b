import { z } from "zod";
import { confoundersSchema, type WriteLine } from "../contracts/ledger.ts";
import type { LoadBucket, LoadHeader } from "../contracts/load.ts";
import type { ProbeHeader, ProbeSample } from "../contracts/observer.ts";
import { stampSchema } from "../contracts/stamps.ts";

/** First lines of the ledger's files (contracts/ledger.ts). */
export const writesHeaderSchema = z.object({ origin: stampSchema, keyPrefix: z.string() });
export const readsHeaderSchema = z.object({
  label: z.enum(["after-recovery", "after-healing"]),
  cache: z.string(),
  /** When the reading began. */
  origin: stampSchema,
  upToSeq: z.record(z.string(), z.number()),
  confounders: confoundersSchema,
});

export type ProbeFile = { readonly header: ProbeHeader; readonly samples: readonly ProbeSample[] };
export type WritesFile = { readonly header: z.infer<typeof writesHeaderSchema>; readonly lines: readonly WriteLine[] };
export type ReadsFile = {
  readonly header: z.infer<typeof readsHeaderSchema>;
  readonly lines: readonly (readonly [writer: string, seq: number, token: string | null])[];
};
export type LoadFile = { readonly header: LoadHeader; readonly buckets: readonly LoadBucket[] };

/** What the observer, the ledger and the load generator wrote. */
export type RawFiles = {
  readonly probes: readonly ProbeFile[];
  readonly writes: WritesFile | null;
  readonly reads: readonly ReadsFile[];
  readonly load: LoadFile | null;
};
