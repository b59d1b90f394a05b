import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forecastAt, type MemorySample } from "./forecast.ts";

const MAX = 100_000_000;
const STEP_MS = 200;

/** Samples of one member every 200 ms up to `untilMs`, by a function of time. */
function samplesOf(member: string, usedAt: (atMs: number) => number, untilMs = 10_000): MemorySample[] {
  return Array.from({ length: untilMs / STEP_MS + 1 }, (_, n) => {
    const atMs = n * STEP_MS;
    return { member, atMs, usedBytes: usedAt(atMs), maxBytes: MAX };
  });
}

const only = (samples: readonly MemorySample[], atMs = 10_000) => forecastAt(atMs, samples).members[0];

describe("the forecast of a member's memory", () => {
  it("meets the instant at which a steady rise reaches maxmemory", () => {
    const start = fc.integer({ min: 1_000_000, max: 40_000_000 });
    fc.assert(
      fc.property(start, fc.integer({ min: 1000, max: 5_000_000 }), (startBytes, bytesPerSecond) => {
        const usedAt = (atMs: number): number => startBytes + (bytesPerSecond * atMs) / 1000;
        const found = only(samplesOf("east", usedAt));
        const expected = (MAX - usedAt(10_000)) / bytesPerSecond / 60;
        expect(found).toMatchObject({ trend: "rising" });
        expect(found?.minutesToOom).toBeCloseTo(expected, 6);
        expect(found?.bytesPerSecond).toBeCloseTo(bytesPerSecond, 3);
      }),
    );
  });

  it("stays close to the truth when samples scatter around the rise", () => {
    const scatter = fc.array(fc.integer({ min: -200_000, max: 200_000 }), { minLength: 51, maxLength: 51 });
    fc.assert(
      fc.property(scatter, (offsets) => {
        const usedAt = (atMs: number): number => 20_000_000 + 1000 * atMs + (offsets[atMs / STEP_MS] ?? 0);
        const truth = (MAX - 30_000_000) / 1_000_000 / 60;
        const minutes = only(samplesOf("east", usedAt))?.minutesToOom ?? Number.NaN;
        expect(Math.abs(minutes - truth) / truth).toBeLessThan(0.15);
      }),
    );
  });

  it.each([
    ["level", () => 50_000_000],
    ["falling", (atMs: number) => 50_000_000 - 100 * atMs],
    ["going up and down", (atMs: number) => 50_000_000 + (atMs % 400 === 0 ? 300_000 : 0)],
  ] as const)("says that there is no rise when it is %s", (_what, usedAt) => {
    expect(only(samplesOf("east", usedAt))).toMatchObject({ trend: "no-rise", minutesToOom: null });
  });

  it("says that it is full, and neither more nor less, from maxmemory on", () => {
    const found = only(samplesOf("east", () => MAX + 5000));
    expect(found).toMatchObject({ trend: "full", headroomRatio: 0, minutesToOom: 0 });
  });

  it("knows nothing from too few samples, from none of late, or without a limit", () => {
    expect(only(samplesOf("east", (atMs) => atMs).slice(-4))).toMatchObject({ trend: "unknown", minutesToOom: null });
    expect(
      forecastAt(
        12_500,
        samplesOf("east", (atMs) => atMs),
      ).members,
    ).toEqual([]);
    const limitless = samplesOf("east", (atMs) => atMs).map((one) => ({ ...one, maxBytes: 0 }));
    expect(forecastAt(10_000, limitless)).toMatchObject({ headroom: null, oom: null });
  });

  it("looks back ten seconds, not to what was before", () => {
    const bent = (atMs: number): number => 20_000_000 + (atMs < 20_000 ? 2000 * atMs : 40_000_000);
    expect(only(samplesOf("east", bent, 31_000), 31_000)).toMatchObject({ trend: "no-rise" });
  });

  it("names the tightest member and the one that fills first, which need not be the same", () => {
    const samples = [...samplesOf("east", () => 90_000_000), ...samplesOf("west", (atMs) => 40_000_000 + 1000 * atMs)];
    const forecast = forecastAt(10_000, samples);
    expect(forecast.headroom).toEqual({ member: "east", ratio: expect.closeTo(0.1) as number });
    expect(forecast.oom).toEqual({ member: "west", minutes: expect.closeTo(50 / 60) as number });
  });
});
