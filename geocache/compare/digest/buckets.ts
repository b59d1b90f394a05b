export const BUCKETS = 65_536;

/** What becomes of a bucket's keys. */
export const PASS_OVER = 0;
/** Their sums are told, so that the differing ones can be counted. */
export const COUNT = 1;
/** Their names and contents are told as well. */
export const SHOW = 2;

/** Two sums of 32 bits a bucket: equal sums, equal keys. */
export type BucketSums = Int32Array;

export function differingBuckets(sums: readonly BucketSums[]): number[] {
  const [first, ...others] = sums;
  if (first === undefined) return [];
  return Array.from({ length: BUCKETS }, (_, bucket) => bucket).filter((bucket) =>
    others.some((one) => one[2 * bucket] !== first[2 * bucket] || one[2 * bucket + 1] !== first[2 * bucket + 1]),
  );
}
