import { describe, expect, it } from "vitest";
import { ListCopies } from "../capture/lists.ts";
import type { Effect, Operation } from "../operation.ts";
import { coveredBy, KeyLogs } from "./key-logs.ts";

const HERE = "m0/1";

function operation(origin: string, seq: number, effect: Effect): Operation {
  return { origin, seq, hlcUs: seq * 1000, seen: new Map(), effect };
}

function logsWith(...remote: readonly Operation[]): KeyLogs {
  const logs = new KeyLogs(new ListCopies(true), HERE);
  for (const one of remote) logs.admitRemote(one);
  return logs;
}

describe("what can be trimmed from the log", () => {
  const state = operation("m1/1", 4, {
    kind: "state",
    key: "crew",
    type: "set",
    cells: [{ cell: "a", value: "" }],
    ttl: { kind: "none" },
  });
  const removal = operation("m2/1", 7, { kind: "remove", key: "crew", type: "set", cell: "a" });

  it("ends before what every member has and what still takes part in a decision", () => {
    const logs = logsWith(state, removal);
    const stable = new Map([["m1/1", 9]]);
    logs.dropStable(coveredBy(stable));
    expect(logs.trimmable(stable)).toEqual(new Map([["m1/1", 3]]));
  });

  it("goes on once all of that is settled", () => {
    const logs = logsWith(state, removal);
    const stable = new Map([
      ["m1/1", 9],
      ["m2/1", 7],
    ]);
    logs.dropStable(coveredBy(stable));
    expect(logs.trimmable(stable)).toEqual(stable);
  });
});

describe("a key that another member's redis expired", () => {
  const expired = operation("m1/1", 5, { kind: "del", key: "offer", cause: "expired" });

  it("stays and is said anew by the member that had given it more time", () => {
    const logs = new KeyLogs(new ListCopies(true), HERE);
    logs.admitOwn(operation(HERE, 3, { kind: "persist", key: "offer" }));
    expect(logs.admitRemote(expired)).toEqual([]);
    expect(logs.takeDisputed()).toEqual(["offer"]);
  });

  it("goes where nobody had given it more time", () => {
    const logs = logsWith(operation("m2/1", 3, { kind: "add", key: "other", type: "set", cell: "a", value: "" }));
    expect(logs.admitRemote(expired)).toEqual([{ kind: "apply", effect: expired.effect }]);
    expect(logs.takeDisputed()).toEqual([]);
  });
});

describe("a key that was over here, unnoticed, when others' writes to it were applied", () => {
  const cell = (origin: string, seq: number, member: string): Operation =>
    operation(origin, seq, { kind: "add", key: "offer", type: "set", cell: member, value: "" });
  const expired = operation(HERE, 2, { kind: "del", key: "offer", cause: "expired" });

  it("is said anew: what had gone with it may have been put back", () => {
    const logs = logsWith();
    logs.admitOwn(cell(HERE, 1, "a"));
    logs.admitRemote(cell("m1/1", 1, "b"));
    logs.admitRemote(operation("m1/1", 2, { kind: "del", key: "offer", cause: "expired" }));
    logs.admitOwn(expired);
    expect(logs.takeDisputed()).toEqual(["offer"]);
  });

  it("is not where there was nothing that could have been put back", () => {
    const logs = logsWith(cell("m1/1", 1, "b"));
    logs.admitOwn(expired);
    expect(logs.takeDisputed()).toEqual([]);
  });
});

describe("a counter", () => {
  const by = (origin: string, seq: number): Operation =>
    operation(origin, seq, { kind: "incr", key: "visits", by: "1" });
  const set = operation("m2/1", 1, { kind: "set", key: "visits", value: "7", ttl: { kind: "none" } });

  it("that was taken back to what it was meets the same increments again", () => {
    const logs = logsWith(by("m1/1", 1));
    logs.begin();
    logs.admitRemote(by("m1/1", 2));
    logs.rollBack();
    logs.begin();
    expect(logs.admitRemote(by("m1/1", 2))).toEqual([{ kind: "apply", effect: by("m1/1", 2).effect }]);
    logs.commit();
    expect(logs.admitRemote(set)).toEqual([{ kind: "put-string", key: "visits", value: "9", ttl: { kind: "none" } }]);
  });

  it("keeps the increments that a concurrent write had not seen, whichever of them are settled by then", () => {
    const logs = logsWith(by("m1/1", 1), by("m1/1", 2));
    logs.admitOwn(by(HERE, 1));
    logs.dropStable(coveredBy(new Map([["m1/1", 1]])));
    logs.admitOwn(by(HERE, 2));
    expect(logs.admitRemote(set)).toEqual([{ kind: "put-string", key: "visits", value: "10", ttl: { kind: "none" } }]);
  });
});
