import { describe, expect, it } from "vitest";
import type { Stamp } from "../../base/clocks.ts";
import { createInFlight } from "./in-flight.ts";

describe("requests under way", () => {
  it("of an older version are counted until the last one is answered, and that instant is told", () => {
    let version = 1;
    const settled: Stamp[] = [];
    const inFlight = createInFlight({
      currentVersion: () => version,
      lastOldVersionServedAt: null,
      settled: (at) => settled.push(at),
    });
    const read = inFlight.begin({ version: 1, isWrite: false });
    const write = inFlight.begin({ version: 1, isWrite: true });
    inFlight.switched();
    version = 2;
    const later = inFlight.begin({ version: 2, isWrite: true });
    expect([inFlight.olderThan(2), inFlight.writes()]).toEqual([2, 2]);
    expect(inFlight.lastOldVersionServedAt()).toBeNull();
    read();
    later();
    expect([inFlight.olderThan(2), inFlight.writes(), settled.length]).toEqual([1, 1, 0]);
    write();
    expect([inFlight.olderThan(2), inFlight.writes()]).toEqual([0, 0]);
    expect(settled).toEqual([inFlight.lastOldVersionServedAt()]);
  });
});
