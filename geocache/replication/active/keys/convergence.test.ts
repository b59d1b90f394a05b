import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Bytes, CollectionType, Effect } from "../operation.ts";
import { deliverAll, deliverNext, ModelMember } from "./model-member.test-helper.ts";

type Step =
  | { readonly kind: "write"; readonly member: number; readonly choice: Choice }
  | { readonly kind: "deliver"; readonly to: number; readonly from: number }
  | { readonly kind: "hear"; readonly to: number; readonly from: number };

/** Which command, on which key, cell and number; what it becomes depends on what the member shows at that moment. */
type Choice = { readonly command: number; readonly key: Bytes; readonly cell: Bytes; readonly number: number };

const MEMBERS = 3;
const member = fc.nat(MEMBERS - 1);
const choice = fc.record({
  command: fc.nat(19),
  key: fc.constantFrom("a", "b"),
  cell: fc.constantFrom("x", "y", "z"),
  number: fc.integer({ min: -5, max: 9 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("write" as const), member, choice }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("deliver" as const), to: member, from: member }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("hear" as const), to: member, from: member }) },
);

/** What a client's command does on this member, or undefined where redis would refuse it or nothing happens. */
function effectOf(on: ModelMember, { command, key, cell, number }: Choice): Effect | undefined {
  const type = on.typeOf(key);
  const fits = (wanted: string): boolean => type === undefined || type === wanted;
  const value = String(number);
  const cells = on.cellsOf(key);
  const inCollection = (wanted: CollectionType): boolean => type === wanted && cells.includes(cell);
  const none = { kind: "none" } as const;
  if (command === 0) return { kind: "set", key, value, ttl: none };
  if (command === 1) return fits("string") ? { kind: "incr", key, by: value } : undefined;
  if (command === 2) return type === undefined ? undefined : { kind: "del", key, cause: "client" };
  if (command === 3) return type === undefined ? undefined : { kind: "del", key, cause: "expired" };
  if (command <= 5) return fits("set") ? { kind: "add", key, type: "set", cell, value: "" } : undefined;
  if (command === 6) return inCollection("set") ? { kind: "remove", key, type: "set", cell } : undefined;
  if (command === 7) return fits("hash") ? { kind: "add", key, type: "hash", cell, value } : undefined;
  if (command === 8) return fits("hash") ? { kind: "increase", key, type: "hash", cell, by: value } : undefined;
  if (command === 9) return inCollection("hash") ? { kind: "remove", key, type: "hash", cell } : undefined;
  if (command === 10) return fits("zset") ? { kind: "add", key, type: "zset", cell, value } : undefined;
  if (command === 11) return fits("zset") ? { kind: "increase", key, type: "zset", cell, by: value } : undefined;
  if (command === 12) return inCollection("zset") ? { kind: "remove", key, type: "zset", cell } : undefined;
  if (command <= 15)
    return fits("list") ? { kind: "push", key, side: command === 13 ? "left" : "right", value } : undefined;
  return command <= 17 ? popOf(on, key, command) : stateOf(on, key);
}

function popOf(on: ModelMember, key: Bytes, command: number): Effect | undefined {
  const side = command === 16 ? "left" : "right";
  const value = side === "left" ? on.listOf(key)[0] : on.listOf(key).at(-1);
  return value === undefined ? undefined : { kind: "pop", key, side, value };
}

/** As after LTRIM or SINTERSTORE: part of what was there. */
function stateOf(on: ModelMember, key: Bytes): Effect | undefined {
  const type = on.typeOf(key);
  const ttl = { kind: "none" } as const;
  if (type === "list") {
    const cells = on
      .listOf(key)
      .slice(0, 2)
      .map((value) => ({ cell: "", value }));
    return { kind: "state", key, type, cells, ttl };
  }
  if (type !== "set") return undefined;
  return {
    kind: "state",
    key,
    type,
    cells: on
      .cellsOf(key)
      .slice(0, 2)
      .map((cell) => ({ cell, value: "" })),
    ttl,
  };
}

function run(steps: readonly Step[]): readonly ModelMember[] {
  const members = Array.from({ length: MEMBERS }, (_, index) => new ModelMember(`m${index}`));
  const names = members.map(({ name }) => name);
  const at = (index: number): ModelMember => members[index] ?? new ModelMember("nobody");
  for (const one of steps) {
    if (one.kind === "deliver") deliverNext(at(one.to), at(one.from));
    else if (one.kind === "hear") at(one.to).hear(at(one.from), names);
    else {
      const effect = effectOf(at(one.member), one.choice);
      if (effect !== undefined) at(one.member).issue(effect);
    }
  }
  deliverAll(members);
  return members;
}

describe("members that have exchanged everything", () => {
  it("show the same, whatever was written where and in whatever causal order it came", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
        const [first, ...others] = run(steps).map((one) => one.dump());
        for (const other of others) expect(other).toEqual(first);
      }),
      { numRuns: 3000 },
    );
  });

  it("know their lists as they are", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
        for (const one of run(steps)) expect(one.copiesAgree()).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
