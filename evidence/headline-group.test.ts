import { describe, expect, it } from "vitest";
import { event, faultEvents, compared, signalsOf, unlinked } from "./measures/active/group.fixture.test-helper.ts";
import { activeMeasure } from "./measures/active/compute.ts";
import { runClock } from "./measures/clock.ts";
import { disturbanceOf, faultRecords } from "./measures/faults.ts";
import { groupInWords } from "./headline-group.ts";

/** East fills from 4 s on; decided at 24 s, unlinked at 25 s, compared at 50 s. */
function saidOf(bytesPerMs: number, differenceCount = 0): Record<string, string> {
  const filled = (atMs: number): number => (atMs < 4000 || atMs > 25_000 ? 0 : (atMs - 4000) * bytesPerMs);
  const east = (atMs: number) => ({ usedMemoryBytes: Math.min(100_000_000, 20_000_000 + filled(atMs)) });
  const told = [event(24_010, "decision.taken"), unlinked(25_000), compared(50_000, differenceCount)];
  const events = [event(0, "run.opened"), ...faultEvents("west", 4000, 30_000), ...told];
  const clock = runClock(events);
  const began = disturbanceOf(events, faultRecords(events), clock);
  const raw = { probes: [], writes: null, reads: [], load: null, signals: signalsOf({ east }, 40_000) };
  return Object.fromEntries(groupInWords(activeMeasure({ ...raw, scenario: null, events, clock, began })));
}

describe("the headline of an active group", () => {
  it("says what was left, what was forecast and what came of it", () => {
    const said = saidOf(1000);
    expect(said["Memory left"]).toMatch(/^decided with 59\.\d\d–60\.00 % of the memory left at east$/);
    expect(said["Forecast"]).toMatch(
      /^full in (59|60)\.\d+ s when it was decided; memory did not end; by the last forecast/,
    );
    expect(said["Members"]).toBe("3 equal, element by element (100 elements)");
    expect(said["Conflicts"]).toBe("0 at east");
  });

  it("says how late a decision came, and which members differ in how much", () => {
    const said = saidOf(10_000, 3);
    expect(said["Memory left"]).toBe("decided with 0.00 % of the memory left at east");
    expect(said["Forecast"]).toMatch(/^full when it was decided; memory ended 1[12]\.\d+ s before \(used_memory/);
    expect(said["Members"]).toBe("3 differences at the last comparison");
    expect(said["Converged"]).toMatch(/^not measured/);
  });

  it("is silent for a drill without a group", () => {
    expect(groupInWords(undefined)).toEqual([]);
  });
});
