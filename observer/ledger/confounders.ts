import type { z } from "zod";
import type { confoundersSchema } from "../../contracts/ledger.ts";
import type { CacheReading } from "./cache-reader.ts";
import type { CacheCounters } from "./stored-ledger.ts";

type Confounders = z.infer<typeof confoundersSchema>;

/**
 * What confounds a reading. The server counts evicted and expired keys as a whole; they matter when they can have
 * been the ledger's, whose keys have no time to live: expired ones only if such a key has one after all, evicted
 * ones unless the policy spares keys without one. Counted since `baseline`, or since the server started without it.
 */
export function confoundersOf(
  reading: CacheReading,
  baseline: CacheCounters | undefined,
  writerRestarts: number,
): Confounders {
  const { counters, keysWithTtl, evictionPolicy = "" } = reading;
  const same = baseline && baseline.runId === counters?.runId ? baseline : undefined;
  const expired = (counters?.expiredKeys ?? 0) - (same?.expiredKeys ?? 0);
  const evicted = (counters?.evictedKeys ?? 0) - (same?.evictedKeys ?? 0);
  const sparesOurs = keysWithTtl === 0 && (evictionPolicy.startsWith("volatile-") || evictionPolicy === "noeviction");
  return {
    expiredKeys: keysWithTtl === 0 ? 0 : Math.max(expired, keysWithTtl),
    evictedKeys: sparesOurs ? 0 : evicted,
    readErrors: reading.readErrors,
    writerRestarts,
  };
}
