import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WriteLine } from "../../../contracts/ledger.ts";
import type { ReadsFile } from "../../raw-files.ts";
import { at } from "../../sealed-bundle.fixture.test-helper.ts";
import { runClock } from "../clock.ts";
import { event } from "./group.fixture.test-helper.ts";
import { momentsOf } from "./moments.ts";
import type { ActiveLedgerInput } from "./origins.ts";
import { countersOf, lostAcknowledged, setsOf } from "./sums.ts";

const READ_MS = 10_000;
const events = [event(0, "run.opened")];
const clock = runClock(events);
const moments = momentsOf({ events, records: [], began: null, clock });
const stores = { kind: "counter" as const, key: "counter:all" };
type Label = ReadsFile["header"]["label"];
type Shown = { readonly label?: Label; readonly shown?: Readonly<Record<string, number | null>> };

/** Additions by two writers of one counter: sent at the given ms, over 50 ms later. */
function inputOf(additions: readonly (readonly [outcome: string, sentMs: number])[], seen: Shown): ActiveLedgerInput {
  const { label = "after-healing", shown = {} } = seen;
  const lines = additions.map(([outcome, sentMs], seq) => {
    const sentUs = sentMs * 1000;
    return [`c${(seq % 2) + 1}`, seq, "t", sentUs, sentUs + 50_000, outcome, "east", "east", 1] as WriteLine;
  });
  const writers = ["c1", "c2"].map((name) => ({ name, region: "east", stores }));
  const others = [{ name: "w1", region: "east" }];
  const confounders = { expiredKeys: 0, evictedKeys: 0, readErrors: 0, writerRestarts: 0 };
  const reads = Object.entries(shown).map(([cache, value]): ReadsFile => {
    const reading = { key: "counter:all", value, notBefore: at(READ_MS), notAfter: at(READ_MS + 10) };
    return { header: { label, cache, origin: at(READ_MS), upToSeq: {}, confounders, shown: [reading] }, lines: [] };
  });
  const header = { origin: at(0), keyPrefix: "ledger:", writers: [...writers, ...others] };
  return { writes: { header, lines }, reads, clock, moments };
}

const sumsOf = (input: ActiveLedgerInput) => countersOf(input).map(({ cache, sum }) => [cache, sum]);
const five = Array.from({ length: 5 }, () => ["ok", 100] as const);

describe("a counter at a member", () => {
  it.each([
    ["all that was acknowledged", 5, "adds-up"],
    ["that and the one of unknown outcome", 6, "adds-up"],
    ["one less than was acknowledged", 4, "too-low"],
    ["more than was ever sent", 7, "too-high"],
  ] as const)("that shows %s", (_what, value, sum) => {
    const additions = [...five, ["unknown", 200], ["fail", 300]] as const;
    expect(sumsOf(inputOf(additions, { shown: { east: value } }))).toEqual([["east", sum]]);
  });

  it("may lag behind after recovery, where operations are still under way", () => {
    expect(sumsOf(inputOf(five, { label: "after-recovery", shown: { east: 3 } }))).toEqual([["east", "behind"]]);
    expect(sumsOf(inputOf(five, { label: "after-recovery", shown: { east: 6 } }))).toEqual([["east", "too-high"]]);
  });

  it("may or may not show what was acknowledged while it was read", () => {
    const additions = [...five, ["ok", READ_MS - 20], ["ok", READ_MS + 500]] as const;
    expect(countersOf(inputOf(additions, { shown: { east: 5, west: 6, south: 7 } }))).toMatchObject([
      { cache: "east", acknowledged: 5, unknown: 1, sum: "adds-up" },
      { cache: "west", sum: "adds-up" },
      { cache: "south", sum: "too-high" },
    ]);
  });

  it("that could not be read says nothing", () => {
    expect(sumsOf(inputOf(five, { shown: { east: null } }))).toEqual([["east", "unread"]]);
  });

  it("adds up whatever of the unknown ones were done", () => {
    const outcomes = fc.array(fc.constantFrom("ok", "fail", "unknown"), { maxLength: 30 });
    fc.assert(
      fc.property(outcomes, fc.nat(), (each, chosen) => {
        const unknown = each.filter((one) => one === "unknown").length;
        const value = each.filter((one) => one === "ok").length + (unknown === 0 ? 0 : chosen % (unknown + 1));
        const additions = each.map((outcome) => [outcome, 100] as const);
        expect(sumsOf(inputOf(additions, { shown: { east: value } }))).toEqual([["east", "adds-up"]]);
      }),
    );
  });
});

describe("lost additions", () => {
  const origin = { region: "east", attempted: 5, acknowledged: 5, present: 0, delayed: 0, lost: 0, lostUnsent: 0 };
  const origins = [{ ...origin, disagreeing: 0, unread: 0, unknown: 0, oomRefused: 0 }];

  it("are those that no member's counter has; where counters differ they may be", () => {
    const counters = countersOf(inputOf(five, { shown: { east: 4, west: 2 } }));
    expect(lostAcknowledged(origins, counters, true)).toMatchObject({ lo: 1, hi: 3 });
  });

  it("are not yet lost after recovery", () => {
    const counters = countersOf(inputOf(five, { label: "after-recovery", shown: { east: 2 } }));
    expect(lostAcknowledged(origins, counters, true)).toMatchObject({ lo: 0, hi: 0 });
  });
});

describe("sets", () => {
  it("are counted where they were read, with the members that nobody added", () => {
    const { reads } = inputOf([], { shown: { east: 0, west: 0 } });
    const withSets = reads.map((one, at) => ({ ...one, header: { ...one.header, strangers: at } }));
    expect(setsOf([...withSets, ...reads])).toEqual([
      { label: "after-healing", cache: "east", strangers: 0 },
      { label: "after-healing", cache: "west", strangers: 1 },
    ]);
  });
});
