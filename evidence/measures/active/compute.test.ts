import { describe, expect, it } from "vitest";
import type { DrillEvent } from "../../events.ts";
import { runClock } from "../clock.ts";
import { faultRecords, disturbanceOf } from "../faults.ts";
import { activeMeasure } from "./compute.ts";
import {
  compared,
  event,
  faultEvents,
  MAX_BYTES,
  signalsOf,
  unlinked,
  type Course,
} from "./group.fixture.test-helper.ts";

const FAULT_MS = 4000;
const LIFTED_MS = 40_000;
const opened = event(0, "run.opened");

/** East and north fill from the fault on, east the faster; from the release on both are as before. */
function filling(bytesPerMs: number, releasedMs: number): Course {
  const used = (share: number) => (atMs: number) => {
    const forMs = atMs < FAULT_MS || atMs >= releasedMs ? 0 : atMs - FAULT_MS;
    const usedMemoryBytes = Math.min(MAX_BYTES, 20_000_000 + Math.round(forMs * bytesPerMs * share));
    return { usedMemoryBytes, rssBytes: usedMemoryBytes + 5_000_000 };
  };
  return {
    east: used(1),
    north: used(0.5),
    west: (atMs) => (atMs >= FAULT_MS && atMs < LIFTED_MS ? null : {}),
  };
}

type Given = {
  readonly course: Course;
  readonly events?: readonly DrillEvent[];
  readonly missed?: readonly number[];
  /** From when on the group says that its data was lost. */
  readonly lostAtMs?: number;
};

function measureOf({ course, events = [], missed = [], lostAtMs = Infinity }: Given) {
  const all = [opened, ...faultEvents("region-west", FAULT_MS, LIFTED_MS), ...events];
  const clock = runClock(all);
  const began = disturbanceOf(all, faultRecords(all), clock);
  const { header, samples } = signalsOf(course, 60_000, missed);
  const signals = {
    header,
    samples: samples.map((one) => ("missed" in one ? one : { ...one, totalLoss: one.sentUs >= lostAtMs * 1000 })),
  };
  const raw = { probes: [], writes: null, reads: [], load: null, signals };
  const found = activeMeasure({ ...raw, scenario: null, events: all, clock, began });
  if (!found) throw new Error("nothing was measured");
  return found;
}

const decided = [event(24_010, "decision.taken"), unlinked(24_600)];

describe("memory on the way to a force-unlink", () => {
  const measure = measureOf({ course: filling(1000, 25_000), events: decided });

  it("is shown per member before the fault, at the decision, at its peak, after the release and in the end", () => {
    const east = measure.memory.find((one) => one.member === "east");
    expect(east?.beforeFault).toMatchObject({ usedBytes: 20_000_000, headroomRatio: 0.8 });
    expect(east?.atDecision).toMatchObject({ atMs: 24_000, usedBytes: 40_000_000 });
    expect(east?.atPeak).toMatchObject({ atMs: 24_800, usedBytes: 40_800_000, rssBytes: 45_800_000 });
    expect(east?.afterRelease).toMatchObject({ usedBytes: 20_000_000, rssBytes: 25_000_000 });
    expect(east?.afterHealing).toMatchObject({ atMs: 60_000, usedBytes: 20_000_000 });
    expect(measure.memory.find((one) => one.member === "west")).toMatchObject({ atDecision: null, afterRelease: null });
  });

  it("leaves a headroom at the decision that lies between what the polls around it saw", () => {
    const headroom = measure.headroomAtDecision;
    expect(headroom).toMatchObject({ kind: "measured", unit: "ratio" });
    if (headroom.kind === "not-measured") return;
    expect(headroom.lo).toBeCloseTo(0.598, 3);
    expect(headroom.hi).toBeCloseTo(0.6, 3);
    expect(measure.tightestAtDecision).toBe("east");
  });

  it("was forecast, and where the end was not reached each forecast is held against the last one", () => {
    expect(measure.forecast?.outcome.kind).toBe("not-reached");
    const atDecision = measure.forecast?.points.find((one) => one.label === "decision");
    expect(atDecision?.minutesToOom).toBeCloseTo(60_000 / 60_000, 2);
    expect(atDecision?.errorMinutes).toBeCloseTo(0, 2);
    const points = measure.forecast?.points ?? [];
    expect(points[0]?.label).toBe("fault");
    expect(points.length).toBeGreaterThan(5);
    expect(points.length).toBeLessThanOrEqual(13);
  });
});

describe("memory that ended before anybody decided", () => {
  it("says when it ended, how wrong the forecast was, and that nothing was left", () => {
    const measure = measureOf({ course: filling(10_000, 25_000), events: decided });
    const outcome = measure.forecast?.outcome;
    expect(outcome).toMatchObject({ kind: "reached", member: "east", atMs: 12_010 });
    const early = measure.forecast?.points.filter((one) => one.label !== "decision") ?? [];
    expect(early.length).toBeGreaterThan(3);
    for (const point of early.slice(-3)) expect(Math.abs(point.errorMinutes ?? 9)).toBeLessThan(0.1);
    expect(measure.headroomAtDecision).toMatchObject({ lo: 0, hi: 0 });
  });

  it("left nothing to decide on when nobody decided at all", () => {
    const measure = measureOf({ course: filling(10_000, 70_000) });
    expect(measure.headroomAtDecision).toMatchObject({ kind: "measured", lo: 0, hi: 0 });
    const steady = measureOf({ course: filling(0, 70_000) });
    expect(steady.headroomAtDecision).toEqual({ kind: "not-measured", why: "no decision was taken" });
    expect(steady.forecast).toMatchObject({ outcome: { kind: "not-reached", expectedAtMs: null }, points: [] });
  });
});

describe("polls without an answer", () => {
  it("are counted, and nothing is put in their place", () => {
    const gap = Array.from({ length: 20 }, (_, n) => 22_000 + n * 200);
    const measure = measureOf({ course: filling(1000, 30_000), events: decided, missed: gap });
    expect(measure).toMatchObject({ missedSamples: 20, samples: 281 });
    expect(measure.headroomAtDecision.kind).toBe("not-measured");
    expect(measure.memory.find((one) => one.member === "east")?.atDecision).toBeNull();
  });
});

describe("the drill clock", () => {
  const course = filling(0, 0);

  it("runs from the opening until service and redundancy were both restored", () => {
    const events = [event(9000, "service.restored"), event(45_000, "redundancy.restored")];
    expect(measureOf({ course, events }).drillClock).toMatchObject({ lo: 45_000, hi: 45_000 });
  });

  it("has not ended without either, whatever the length of the run", () => {
    const events = [event(9000, "service.restored"), event(50_000, "run.closed")];
    expect(measureOf({ course, events }).drillClock).toMatchObject({ kind: "not-measured", atLeast: 50_000 });
  });
});

describe("what the members said of each other", () => {
  it("is kept as changes of membership, as the worst lag and as the last count of conflicts", () => {
    const east = (atMs: number) => ({
      conflicts: atMs >= 41_000 ? 12 : 3,
      ...(atMs >= 24_600 ? { epoch: 2, members: ["east", "north"] } : {}),
      peers: [
        {
          member: "west",
          state: "silent" as const,
          heardAgoMs: 5,
          lagOperations: Math.min(atMs, 20_000) / 10,
          lagBytes: atMs,
          lagMs: atMs === 30_000 ? 900 : 100,
        },
      ],
    });
    const note = event(59_000, "note", { conflicts: { east: { total: 14, listed: 14 } } });
    const measure = measureOf({ course: { east }, events: [...decided, note] });
    expect(measure.epochs).toMatchObject([
      { member: "east", atMs: 0, epoch: 1 },
      { member: "east", atMs: 24_600, epoch: 2, members: ["east", "north"] },
    ]);
    expect(measure.lag).toEqual([
      {
        member: "east",
        peer: "west",
        maxOperations: 2000,
        maxBytes: 60_000,
        maxMs: 900,
        maxAtMs: 30_000,
        lastOperations: 2000,
      },
    ]);
    expect(measure.conflicts).toEqual([{ member: "east", count: 14, listed: null }]);
  });
});

describe("a drill without an active group", () => {
  it("has no measures of one, so that older bundles stay what they were", () => {
    const raw = { probes: [], writes: null, reads: [], load: null };
    const input = { ...raw, scenario: null, events: [opened, compared(10)], clock: runClock([opened]), began: null };
    expect(activeMeasure(input)).toBeUndefined();
  });
});

it("a total loss is the drill's when the group begins to speak of it, not when it did from the start", () => {
  const course = filling(0, 25_000);
  expect([Infinity, FAULT_MS, -1000].map((lostAtMs) => measureOf({ course, lostAtMs }).totalLoss)).toEqual([
    false,
    true,
    false,
  ]);
});
