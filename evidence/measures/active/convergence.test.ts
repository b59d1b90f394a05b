import { describe, expect, it } from "vitest";
import type { DrillEvent } from "../../events.ts";
import { runClock } from "../clock.ts";
import { faultRecords } from "../faults.ts";
import { comparisonsOf, timeToConverge } from "./convergence.ts";
import { compared, event, faultEvents, signalsOf, type Course } from "./group.fixture.test-helper.ts";
import { momentsOf } from "./moments.ts";
import { groupTimeline } from "./timeline.ts";

const LIFTED_MS = 10_000;
const opened = event(0, "run.opened");

/** Both write on all the time; west, unreachable until the fault is lifted, has all that east had at `levelMs`. */
function catchingUp(levelMs: number): Course {
  const written = (atMs: number): number => atMs * 10;
  return {
    east: (atMs) => ({ applied: [["east/1", written(atMs)]] }),
    west: (atMs) => {
      if (atMs < LIFTED_MS) return null;
      const behind = atMs < levelMs ? 50_000 : 0;
      return { applied: [["east/1", Math.max(0, written(atMs) - 100 - behind)]] };
    },
  };
}

function measureOf(course: Course | null, events: readonly DrillEvent[]) {
  const all = [opened, ...faultEvents("region-west", 4000, LIFTED_MS), ...events];
  const clock = runClock(all);
  const moments = momentsOf({ events: all, records: faultRecords(all), began: null, clock });
  const timeline = course && groupTimeline(signalsOf(course, 30_000), clock);
  return timeToConverge(timeline, moments, comparisonsOf(all, clock));
}

describe("the time to converge", () => {
  it("is bounded by the polls between which the last member had caught up, and confirmed by a comparison", () => {
    const found = measureOf(catchingUp(12_000), [compared(20_000)]);
    expect(found).toMatchObject({ kind: "measured", unit: "ms" });
    // The first poll after the lift is that of 10,200 ms; it asks for what east had then.
    expect(found).toMatchObject({ lo: 12_000 - 200 - 10 - LIFTED_MS - 5, hi: 12_000 + 10 - LIFTED_MS + 5 });
  });

  it("does not wait for what was written after all could be asked again", () => {
    const found = measureOf(catchingUp(0), [compared(20_000)]);
    if (found.kind === "not-measured") throw new Error(found.why);
    expect(found.lo).toBeLessThan(found.hi);
    expect(found.hi).toBeLessThan(700);
  });

  it("is not measured without a comparison, however level the members say they are", () => {
    expect(measureOf(catchingUp(0), [])).toEqual({ kind: "not-measured", why: "the members were never compared" });
    expect(measureOf(catchingUp(0), [compared(9000)]).kind).toBe("not-measured");
  });

  it("has a lower bound only when the last comparison found differences", () => {
    const found = measureOf(catchingUp(0), [compared(15_000), compared(20_000, 3)]);
    expect(found).toMatchObject({ kind: "not-measured", atLeast: 20_000 - 100 - LIFTED_MS - 5 });
  });

  it("is bounded by the comparisons alone when nobody sampled the group", () => {
    const found = measureOf(null, [compared(15_000, 2), compared(20_000)]);
    expect(found).toMatchObject({ lo: 15_000 - 100 - LIFTED_MS - 5, hi: 20_000 - LIFTED_MS + 5 });
  });

  it("starts with the joining where a member was unlinked, and is not measured if none was seen to join", () => {
    const joined = event(14_000, "redundancy.restored", { rejoined: true });
    const found = measureOf(catchingUp(12_000), [joined, compared(20_000)]);
    if (found.kind === "not-measured") throw new Error(found.why);
    expect(found.hi).toBeLessThan(700);
  });

  it("does not count a member that is still closed to its clients", () => {
    const course = catchingUp(0);
    const closed: Course = {
      ...course,
      west: (atMs) => {
        const view = course["west"]?.(atMs) ?? null;
        return view && { ...view, phase: atMs < 18_000 ? "catching-up" : "open" };
      },
    };
    const found = measureOf(closed, [compared(20_000)]);
    expect(found).toMatchObject({ kind: "measured" });
    if (found.kind === "not-measured") return;
    expect(found.hi).toBeGreaterThanOrEqual(8000);
  });
});
