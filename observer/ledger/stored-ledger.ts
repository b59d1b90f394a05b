import { z } from "zod";
import { ledgerResultSchema, ledgerSpecSchema, ledgerStatusSchema } from "../../contracts/ledger.ts";
import { storedRunSchema } from "../run-store.ts";

const counters = z.object({ runId: z.string(), expiredKeys: z.number(), evictedKeys: z.number() });
export type CacheCounters = z.infer<typeof counters>;

/** What outlives the process, a file per ledger. */
export const storedLedgerSchema = storedRunSchema.extend({
  spec: ledgerSpecSchema,
  /** Highest sequence number that may have been used, by writer. */
  reserved: z.record(z.string(), z.number()),
  writerRestarts: z.number(),
  /** The caches' counters when they were first seen: what they had counted before is not the drill's. */
  baselines: z.record(z.string(), counters),
  stopped: z.object({ status: ledgerStatusSchema, result: ledgerResultSchema }).nullable(),
});
export type StoredLedger = z.infer<typeof storedLedgerSchema>;
