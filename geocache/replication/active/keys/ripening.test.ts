import { describe, expect, it } from "vitest";
import type { Operation } from "../operation.ts";
import { coveredBy } from "./key-logs.ts";
import { Ripening } from "./ripening.ts";

const upTo = (seq: number): ReturnType<typeof coveredBy> => coveredBy(new Map([["m0/1", seq]]));

function by(origin: string, seq: number): Operation {
  return { origin, seq, hlcUs: seq, seen: new Map(), effect: { kind: "persist", key: `key-${seq}` } };
}

function names(operations: readonly Operation[]): string[] {
  return operations.map(({ origin, seq }) => `${origin}:${seq}`);
}

describe("operations that become stable", () => {
  it("are told once, each origin by its own sequence", () => {
    const ripening = new Ripening();
    for (let seq = 1; seq <= 3; seq += 1) ripening.add(by("m0/1", seq));
    ripening.add(by("m1/1", 1));
    expect(names(ripening.take(upTo(0)))).toEqual([]);
    expect(names(ripening.take(upTo(2)))).toEqual(["m0/1:1", "m0/1:2"]);
    expect(names(ripening.take(upTo(2)))).toEqual([]);
    expect(names(ripening.take(upTo(9)))).toEqual(["m0/1:3"]);
    expect(names(ripening.take(coveredBy(new Map([["m1/1", 1]]))))).toEqual(["m1/1:1"]);
  });

  it("are told again when an operation was taken back and came again", () => {
    const ripening = new Ripening();
    for (const seq of [1, 2, 1, 2, 3]) ripening.add(by("m0/1", seq));
    expect(names(ripening.take(upTo(1)))).toEqual(["m0/1:1"]);
    expect(names(ripening.take(upTo(2)))).toEqual(["m0/1:2", "m0/1:1", "m0/1:2"]);
    expect(names(ripening.take(upTo(3)))).toEqual(["m0/1:3"]);
  });

  it("are told in the same order however many there were", () => {
    const ripening = new Ripening();
    const told: number[] = [];
    for (let seq = 1; seq <= 50_000; seq += 1) {
      ripening.add(by("m0/1", seq));
      if (seq % 7001 === 0) told.push(...ripening.take(upTo(seq - 500)).map(({ seq: one }) => one));
    }
    told.push(...ripening.take(upTo(50_000)).map(({ seq }) => seq));
    expect(told).toEqual(Array.from({ length: 50_000 }, (_, index) => index + 1));
  });
});
