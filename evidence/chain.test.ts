import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256Hex } from "./canonical.ts";
import { genesisOf, lineOf, readChain } from "./chain.ts";
import { at, eventsOf } from "./sealed-bundle.fixture.test-helper.ts";
import { eventInputSchema } from "./events.ts";

const drillId = "drill-1";
const lines = ((): string[] => {
  let prev = genesisOf(drillId);
  return eventsOf().map((event, seq) => {
    const line = lineOf(eventInputSchema.parse(event), { seq, prev, recordedAt: at(seq) });
    prev = sha256Hex(line);
    return line;
  });
})();
const whole = Buffer.from(lines.map((line) => `${line}\n`).join(""));

describe("a chain of events", () => {
  it("is read whole when it is whole", () => {
    const read = readChain(whole, drillId);
    expect(read.problem).toBeNull();
    expect(read.events.map((event) => event.seq)).toEqual(lines.map((_, seq) => seq));
    expect(read.goodBytes).toBe(whole.length);
  });

  it("cut at any byte, as a crash may leave it, is read up to its last whole line and called incomplete", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (cut) => {
        const left = whole.subarray(0, cut);
        const read = readChain(left, drillId);
        const complete = left.lastIndexOf(0x0a) + 1;
        expect(read.goodBytes).toBe(complete);
        expect(read.events).toHaveLength(left.toString("latin1").split("\n").length - 1);
        const incomplete = `the last line is incomplete (after event ${read.events.length})`;
        expect(read.problem).toBe(complete === cut ? null : incomplete);
      }),
      { numRuns: 500 },
    );
  });

  it("with any byte changed is not read beyond the line before the changed one", () => {
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (place, mask) => {
        const read = readChain(Buffer.from(whole.with(place, (whole[place] ?? 0) ^ mask)), drillId);
        const untouched = whole.subarray(0, place).toString("latin1").split("\n").length - 1;
        // A line that still reads as an event is given away by the next line's `prev`, or by the sealed head.
        expect(read.events.length).toBeLessThanOrEqual(untouched + 1);
        const otherHead = read.events.length === lines.length && read.head !== sha256Hex(lines.at(-1) ?? "");
        expect(read.problem !== null || otherHead).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("of another drill is refused at its first event", () => {
    expect(readChain(whole, "drill-2").problem).toBe("event 0: does not name the line before it");
  });
});
