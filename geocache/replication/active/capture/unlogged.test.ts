import fc from "fast-check";
import { expect, it } from "vitest";
import { cutBefore, earliest, type CaptureItem } from "./placed.ts";
import { Unlogged } from "./unlogged.ts";

const SEEN = new Map<string, number>();

/** Ordered by position; some tell of what began long before. */
const items = fc
  .array(fc.record({ step: fc.nat(2), back: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(6)) }), {
    minLength: 1,
    maxLength: 30,
  })
  .map((steps) => {
    let at = 10;
    return steps.map(({ step, back }, index): CaptureItem => {
      at += step;
      const effect = { kind: "persist" as const, key: "k" };
      const operation = { origin: "m0/1", seq: index + 1, hlcUs: index, seen: SEEN, effect };
      return { kind: "operation", at, resume: { offset: at - back, database: 0, seen: SEEN }, operation };
    });
  });

it("what waits for the log is cut where the stream can be resumed, in portions and however it came", () => {
  fc.assert(
    fc.property(items, fc.integer({ min: 1, max: 12 }), fc.nat(30), (all, limit, firstPush) => {
      const unlogged = new Unlogged();
      unlogged.push(all.slice(0, firstPush));
      unlogged.push(all.slice(firstPush));
      let rest: readonly CaptureItem[] = all;
      while (rest.length > 0) {
        expect(unlogged.length).toBe(rest.length);
        const count = cutBefore(rest, Math.min(limit, rest.length)) || rest.length;
        const portion = unlogged.next(limit);
        expect(portion.items).toEqual(rest.slice(0, count));
        expect(portion.resume?.offset).toBe(earliest(rest.slice(count))?.offset);
        unlogged.drop(count);
        rest = rest.slice(count);
      }
    }),
    { numRuns: 1000 },
  );
});
