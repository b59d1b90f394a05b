import { BatchWriter } from "../codec/batch.ts";
import type { Operation } from "../operation.ts";
import { chunkKey, type SecretNames } from "../secrets.ts";
import type { LoggedBatch } from "./log-index.ts";

/** One or more operations of one origin, in order, as they go into a log. @throws RangeError for none */
export function batchOf(operations: readonly Operation[], names: SecretNames): LoggedBatch {
  const [first] = operations;
  const last = operations.at(-1);
  if (first === undefined || last === undefined) throw new RangeError("a batch of nothing");
  const writer = new BatchWriter({ origin: first.origin, firstSeq: first.seq, hlcUs: first.hlcUs, seen: first.seen });
  for (const { effect, hlcUs, seen } of operations) writer.add(effect, hlcUs, seen);
  const key = chunkKey(names, first.origin, first.seq);
  return { origin: first.origin, firstSeq: first.seq, lastSeq: last.seq, key, bytes: writer.take() };
}
