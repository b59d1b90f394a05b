import { describe, expect, it } from "vitest";
import { KnownOrigins, newOrigin } from "./origins.ts";
import { Stability } from "./stability.ts";

const others = ["b"];

describe("an operation is stable", () => {
  it("when everybody has it, and what they had issued before they said so is here", () => {
    const stability = new Stability(() => false);
    const applied = new Map([
      ["a/1", 5],
      ["b/1", 1],
    ]);
    expect(stability.stable(applied, others)).toEqual(
      new Map([
        ["a/1", 0],
        ["b/1", 0],
      ]),
    );
    stability.acknowledge("b", { origin: "b/1", issued: 2, applied: new Map([["a/1", 5]]) });
    expect(stability.stable(applied, others).get("a/1")).toBe(0);
    expect(stability.stable(new Map(applied).set("b/1", 2), others).get("a/1")).toBe(5);
  });

  it("only when what another has of a member that is gone has come here as well", () => {
    const stability = new Stability((origin) => origin === "gone/1");
    const vector = new Map([
      ["a/1", 5],
      ["gone/1", 9],
    ]);
    stability.acknowledge("b", { origin: "b/1", issued: 0, applied: vector });
    expect(
      stability
        .stable(
          new Map([
            ["a/1", 5],
            ["gone/1", 7],
          ]),
          others,
        )
        .get("a/1"),
    ).toBe(0);
    expect(
      stability
        .stable(
          new Map([
            ["a/1", 5],
            ["gone/1", 9],
          ]),
          others,
        )
        .get("a/1"),
    ).toBe(5);
  });

  it("as soon as it is here if its member issued it: whatever else comes from there has seen it", () => {
    const stability = new Stability(() => false);
    const applied = (own: number) =>
      new Map([
        ["a/1", 5],
        ["b/1", own],
        ["c/1", 3],
      ]);
    stability.acknowledge("b", {
      origin: "b/1",
      issued: 1,
      applied: new Map([
        ["a/1", 5],
        ["b/1", 1],
      ]),
    });
    stability.acknowledge("b", {
      origin: "b/1",
      issued: 900,
      applied: new Map([
        ["a/1", 5],
        ["b/1", 900],
        ["c/1", 3],
      ]),
    });
    expect(stability.stable(applied(40), others).get("b/1")).toBe(40);
    // The other one's operations are a different matter: what it says of them counts once all of its own are here.
    expect(stability.stable(applied(40), others).get("c/1")).toBe(0);
    expect(stability.stable(applied(40), [...others, "c"]).get("b/1")).toBe(0);
    expect(stability.stable(applied(900), others).get("c/1")).toBe(3);
  });

  it("not by the word of an incarnation whose member has begun anew since", () => {
    let former = "nobody";
    const stability = new Stability((origin) => origin === former);
    const applied = new Map([
      ["a/1", 5],
      ["b/1", 4],
    ]);
    stability.acknowledge("b", { origin: "b/1", issued: 4, applied });
    expect(stability.stable(applied, others)).toEqual(applied);
    former = "b/1";
    expect(stability.stable(applied, others).get("b/1")).toBe(0);
  });

  it("no more by what was acknowledged before everything started anew", () => {
    const stability = new Stability(() => false);
    stability.acknowledge("b", { origin: "b/1", issued: 0, applied: new Map([["a/1", 5]]) });
    stability.forgetAll();
    expect(stability.stable(new Map([["a/1", 5]]), others).get("a/1")).toBe(0);
  });
});

describe("an incarnation", () => {
  it("sorts behind all that are known of its member, also when the clock was set back", () => {
    const ahead = `m1/${(Date.now() + 86_400_000).toString(36)}-zzzz`;
    expect(newOrigin("m1", ["m2/zzzzzzzz-zzzz", ahead]) > ahead).toBe(true);
  });

  it("is a former one once its member goes on under another, or is gone", () => {
    const origins = new KnownOrigins();
    const isMember = (member: string): boolean => member === "m1";
    origins.noteAll(["m1/a-1", "m1/b-1", "m2/a-1"]);
    expect(["m1/a-1", "m1/b-1", "m2/a-1"].map((origin) => origins.isFormer(origin, isMember))).toEqual([
      true,
      false,
      true,
    ]);
  });
});
