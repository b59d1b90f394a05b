import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sameOperation, type Effect, type Operation } from "../operation.ts";
import { decide } from "../rules/decide.ts";
import { Parts } from "./parts.ts";

const HERE = "m0/1";
const THERE = "m1/1";

const cell = fc.constantFrom("a", "b");
const kinds: fc.Arbitrary<Effect>[] = [
  fc.record({
    kind: fc.constant("add" as const),
    key: fc.constant("k"),
    type: fc.constant("zset" as const),
    cell,
    value: fc.constantFrom("1", "2"),
  }),
  fc.record({
    kind: fc.constant("increase" as const),
    key: fc.constant("k"),
    type: fc.constant("zset" as const),
    cell,
    by: fc.constant("1"),
  }),
  fc.record({ kind: fc.constant("remove" as const), key: fc.constant("k"), type: fc.constant("zset" as const), cell }),
];

/** What two members did, each having seen some of the other's: in an order in which it can be delivered. */
const histories = fc
  .array(fc.record({ isHere: fc.boolean(), sees: fc.nat(3), effect: fc.oneof(...kinds) }), { maxLength: 30 })
  .map((steps) => {
    const seqs: Record<string, number> = { [HERE]: 0, [THERE]: 0 };
    return steps.map(({ isHere, sees, effect }, at): Operation => {
      const [origin, other] = isHere ? [HERE, THERE] : [THERE, HERE];
      seqs[origin] = (seqs[origin] ?? 0) + 1;
      const seen = new Map([[other, Math.max(0, (seqs[other] ?? 0) - sees)]]);
      return { origin, seq: seqs[origin], hlcUs: at, seen, effect };
    });
  });

function stamps(operations: readonly Operation[]): string[] {
  return operations.map(({ origin, seq }) => `${origin}:${seq}`).toSorted();
}

describe("operations on parts of a key", () => {
  it("keep of each other what the whole key would keep of them", () => {
    fc.assert(
      fc.property(histories, (operations) => {
        const parts = new Parts("zset");
        let visible: readonly Operation[] = [];
        for (const operation of operations) {
          const whole = decide(visible, operation);
          const { concurrentInKey } = parts.admit(operation);
          expect(concurrentInKey || !whole.concurrent).toBe(true);
          ({ visible } = whole);
        }
        expect(stamps(parts.all())).toEqual(stamps(visible));
      }),
      { numRuns: 500 },
    );
  });

  it("are as before once what came was taken back, however it came", () => {
    fc.assert(
      fc.property(histories, fc.nat(30), (operations, kept) => {
        const parts = new Parts("zset");
        for (const operation of operations.slice(0, kept)) parts.admit(operation);
        const before = stamps(parts.all());
        parts.begin();
        for (const operation of operations.slice(kept)) parts.admit(operation);
        parts.rollBack();
        expect(stamps(parts.all())).toEqual(before);
        const last = operations.at(-1);
        expect(parts.dropStable((one) => last !== undefined && !sameOperation(one, last))).toBe(
          last !== undefined && parts.all().some((one) => sameOperation(one, last)),
        );
      }),
      { numRuns: 500 },
    );
  });
});
