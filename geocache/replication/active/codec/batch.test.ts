import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Effect } from "../operation.ts";
import { BatchWriter, readBatch } from "./batch.ts";

const bytes = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 200,
});
const cells = fc.array(fc.record({ cell: bytes, value: bytes }), { maxLength: 3 });
const ttl = fc.oneof(
  fc.constant({ kind: "keep" as const }),
  fc.constant({ kind: "none" as const }),
  fc.record({ kind: fc.constant("at" as const), atMs: fc.nat() }),
);
const type = fc.constantFrom("set" as const, "hash" as const, "zset" as const, "stream" as const);
const side = fc.constantFrom("left" as const, "right" as const);
const effects: fc.Arbitrary<Effect> = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), key: bytes, value: bytes, ttl }),
  fc.record({ kind: fc.constant("incr" as const), key: bytes, by: bytes }),
  fc.record({
    kind: fc.constant("del" as const),
    key: bytes,
    cause: fc.constantFrom("client" as const, "expired" as const),
  }),
  fc.record({ kind: fc.constant("expire" as const), key: bytes, atMs: fc.nat() }),
  fc.record({ kind: fc.constant("persist" as const), key: bytes }),
  fc.record({ kind: fc.constant("add" as const), key: bytes, type, cell: bytes, value: bytes }),
  fc.record({ kind: fc.constant("remove" as const), key: bytes, type, cell: bytes }),
  fc.record({ kind: fc.constant("push" as const), key: bytes, side, value: bytes }),
  fc.record({ kind: fc.constant("pop" as const), key: bytes, side, value: bytes }),
  fc.record({
    kind: fc.constant("state" as const),
    key: bytes,
    type: fc.oneof(type, fc.constant("list" as const)),
    cells,
    ttl,
  }),
);

function write(list: readonly Effect[]): Buffer {
  const seen = new Map([["m1/1", 4]]);
  const writer = new BatchWriter({ origin: "m0/1", firstSeq: 7, hlcUs: 1000, seen });
  for (const [index, effect] of list.entries())
    writer.add(effect, 1000 + index, index < 3 ? seen : new Map([["m1/1", 5]]));
  return writer.take();
}

/** "read", or the name of the error. */
function outcomeOf(garbage: Buffer): string {
  try {
    for (const operation of readBatch(garbage)) if (operation.readEffect().key !== operation.key) return "another key";
    return "read";
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

describe("a batch", () => {
  it("is read as it was written, each operation when it is asked for", () => {
    fc.assert(
      fc.property(fc.array(effects, { minLength: 1, maxLength: 12 }), (list) => {
        const read = readBatch(write(list));
        expect(read.map(({ effect }) => effect)).toEqual(list);
        expect(read.map(({ key }) => key)).toEqual(list.map(({ key }) => key));
        expect(read.map(({ seq, hlcUs, origin }) => [origin, seq, hlcUs])).toEqual(
          list.map((_, index) => ["m0/1", 7 + index, 1000 + index]),
        );
        expect(read.map(({ seen }) => seen.get("m1/1"))).toEqual(list.map((_, index) => (index < 3 ? 4 : 5)));
      }),
      { numRuns: 500 },
    );
  });

  it("tells plain SETs, and where their values lie, from everything else, and lists from everything else", () => {
    fc.assert(
      fc.property(fc.array(effects, { minLength: 1, maxLength: 12 }), (list) => {
        for (const operation of readBatch(write(list))) {
          const { effect } = operation;
          expect(operation.isPlainSet).toBe(effect.kind === "set" && effect.ttl.kind === "none");
          expect(operation.isOfList).toBe(
            effect.kind === "push" || effect.kind === "pop" || (effect.kind === "state" && effect.type === "list"),
          );
          if (!operation.isPlainSet || effect.kind !== "set") continue;
          const { start, end } = operation.placeOfValue();
          expect(operation.source.bytes.toString("latin1", start, end)).toBe(effect.value);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("that was cut off or has other bytes in it is refused, or is read to its end: never past it", () => {
    fc.assert(
      fc.property(fc.array(effects, { minLength: 1, maxLength: 5 }), fc.nat(), fc.nat(255), (list, at, byte) => {
        const whole = write(list);
        const broken = Buffer.from(whole);
        broken[at % broken.length] = byte;
        for (const garbage of [whole.subarray(0, at % whole.length), broken]) {
          expect(["RangeError", "read"]).toContain(outcomeOf(garbage));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
