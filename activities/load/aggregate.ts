import type { LoadBucket } from "../../contracts/load.ts";
import { classOf } from "./histogram.ts";
import type { K6Sample } from "./k6-samples.ts";

export const BUCKET_MS = 250;

type Open = Omit<LoadBucket, "counts"> & { ok: number; failed: number; dropped: number; counts: Map<number, number> };

/** Sums samples up by time bucket, operation and region, in the order of time. */
export async function aggregate(samples: AsyncIterable<K6Sample>): Promise<LoadBucket[]> {
  const buckets = new Map<string, Open>();
  for await (const sample of samples) add(bucketOf(buckets, sample), sample);
  return [...buckets.values()]
    .sort((one, other) => one.at - other.at)
    .map((bucket) => ({ ...bucket, counts: [...bucket.counts].sort(([one], [other]) => one - other) }));
}

function bucketOf(buckets: Map<string, Open>, { atMs, op, region }: K6Sample): Open {
  const at = Math.floor(atMs / BUCKET_MS) * BUCKET_MS;
  const key = `${at} ${op} ${region}`;
  const found = buckets.get(key) ?? { at, op, region, ok: 0, failed: 0, dropped: 0, counts: new Map() };
  buckets.set(key, found);
  return found;
}

function add(bucket: Open, sample: K6Sample): void {
  if (sample.metric === "dropped") {
    bucket.dropped += sample.value;
    return;
  }
  if (!sample.ok) {
    bucket.failed += 1;
    return;
  }
  bucket.ok += 1;
  const index = classOf(sample.value);
  bucket.counts.set(index, (bucket.counts.get(index) ?? 0) + 1);
}
