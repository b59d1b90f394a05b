import { describe, expect, it } from "vitest";
import { boundsMs, classOf, mergeBuckets, percentile } from "./histogram.ts";

const bucket = (latenciesMs: readonly number[]) => ({
  at: 0,
  op: "search",
  region: "west",
  ok: latenciesMs.length,
  failed: 1,
  counts: latenciesMs.map((latency): [number, number] => [classOf(latency), 1]),
  dropped: 2,
});

describe("the load's histogram", () => {
  it("puts a value in the first class whose bound is not below it", () => {
    for (const value of [0, 0.1, 0.1001, 1, 37.5, 9999]) {
      const index = classOf(value);
      expect(boundsMs[index]).toBeGreaterThanOrEqual(value);
      expect(boundsMs[index - 1] ?? -1).toBeLessThan(value);
    }
    expect(classOf(1e9)).toBe(boundsMs.length);
  });

  it("gives percentiles of the sum of buckets, within one class above the exact value", () => {
    const merged = mergeBuckets([bucket([1, 2, 3, 4]), bucket([100, 200, 300, 400, 500, 1000])]);
    expect(merged).toMatchObject({ ok: 10, failed: 2, dropped: 4 });
    for (const [p, exact] of [
      [0.5, 100],
      [0.95, 1000],
      [0, 1],
    ] as const) {
      const found = percentile(merged.counts, p) ?? 0;
      expect(found).toBeGreaterThanOrEqual(exact);
      expect(found).toBeLessThanOrEqual(exact * 1.051);
    }
  });

  it("has no percentile of nothing", () => {
    expect(percentile(mergeBuckets([]).counts, 0.5)).toBeNull();
  });
});
