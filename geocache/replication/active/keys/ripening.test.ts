import { describe, expect, it } from "vitest";
import { coveredBy } from "./key-logs.ts";
import { Ripening } from "./ripening.ts";

const upTo = (seq: number): ReturnType<typeof coveredBy> => coveredBy(new Map([["m0/1", seq]]));

function stamp(origin: string, seq: number) {
  return { origin, seq, hlcUs: seq };
}

describe("keys whose operations become stable", () => {
  it("are told once, each origin by its own sequence", () => {
    const ripening = new Ripening();
    for (let seq = 1; seq <= 3; seq += 1) ripening.add(stamp("m0/1", seq), `key-${seq}`);
    ripening.add(stamp("m1/1", 1), "elsewhere");
    expect([...ripening.take(upTo(0))]).toEqual([]);
    expect([...ripening.take(upTo(2))]).toEqual(["key-1", "key-2"]);
    expect([...ripening.take(upTo(2))]).toEqual([]);
    expect([...ripening.take(upTo(9))]).toEqual(["key-3"]);
    expect([...ripening.take(coveredBy(new Map([["m1/1", 1]])))]).toEqual(["elsewhere"]);
  });

  it("are told again when an operation was taken back and came again", () => {
    const ripening = new Ripening();
    for (const seq of [1, 2, 1, 2, 3]) ripening.add(stamp("m0/1", seq), `key-${seq}`);
    expect([...ripening.take(upTo(1))]).toEqual(["key-1"]);
    expect([...ripening.take(upTo(2))]).toEqual(["key-2", "key-1"]);
    expect([...ripening.take(upTo(3))]).toEqual(["key-3"]);
  });

  it("are told in the same order however many there were", () => {
    const ripening = new Ripening();
    const told: string[] = [];
    for (let seq = 1; seq <= 50_000; seq += 1) {
      ripening.add(stamp("m0/1", seq), String(seq));
      if (seq % 7001 === 0) told.push(...ripening.take(upTo(seq - 500)));
    }
    told.push(...ripening.take(upTo(50_000)));
    expect(told).toEqual(Array.from({ length: 50_000 }, (_, index) => String(index + 1)));
  });
});
