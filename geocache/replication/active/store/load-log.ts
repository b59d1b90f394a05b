import { readBatch } from "../codec/batch.ts";
import type { Operation } from "../operation.ts";
import type { SecretNames } from "../secrets.ts";
import type { VersionVector } from "../version-vector.ts";
import { headOf, LogIndex } from "./log-index.ts";
import type { RedisClient } from "./redis-client.ts";

export type LoadedLog = { readonly index: LogIndex; readonly logged: readonly Operation[] };

const BATCHES_PER_CALL = 100;

/** The log as it lies in a redis. `applied`: everything that member has, its own operations among it. */
export async function loadLog(redis: RedisClient, names: SecretNames, applied: VersionVector): Promise<LoadedLog> {
  const index = new LogIndex();
  const logged: Operation[] = [];
  const found = await redis.call("KEYS", `${names.prefix}log:*`);
  const keys = Array.isArray(found) ? found.map(String) : [];
  for (let at = 0; at < keys.length; at += BATCHES_PER_CALL) {
    const some = keys.slice(at, at + BATCHES_PER_CALL);
    const batches = await redis.call("MGET", ...some);
    for (const [place, batch] of (Array.isArray(batches) ? batches : []).entries()) {
      const bytes = Buffer.from(String(batch), "latin1");
      const operations = readBatch(bytes);
      const { origin, firstSeq } = headOf(bytes);
      index.add({ origin, firstSeq, lastSeq: firstSeq + operations.length - 1, key: some[place] ?? "", bytes });
      for (const operation of operations) logged.push(operation);
    }
  }
  index.markTrimmed(applied);
  return { index, logged };
}
