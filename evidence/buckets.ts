/** However long a drill: a chart has no more points, and a report no more bytes. */
const maxBuckets = 600;
const bucketSizesMs = [50, 100, 200, 250, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 150_000];

/** The smallest round size with which these times fit into a chart. */
export function bucketSizeFor(timesMs: readonly number[]): number {
  let first = Infinity;
  let last = -Infinity;
  for (const time of timesMs) {
    first = Math.min(first, time);
    last = Math.max(last, time);
  }
  // One less than the limit: the first and the last bucket may both be cut.
  const least = Math.max(0, last - first) / (maxBuckets - 1);
  return bucketSizesMs.find((size) => size >= least) ?? Math.ceil(least / 60_000) * 60_000;
}

export function floorTo(valueMs: number, stepMs: number): number {
  return Math.floor(valueMs / stepMs) * stepMs;
}

export function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

export function inOrder<V>(map: ReadonlyMap<number, V>): [number, V][] {
  return [...map].toSorted(([a], [b]) => a - b);
}
