import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WriteLine, WriteOutcome } from "../../contracts/ledger.ts";
import type { ReadsFile, WritesFile } from "../raw-files.ts";
import { at } from "../sealed-bundle.fixture.test-helper.ts";
import { runClock } from "./clock.ts";
import { ledgerMeasures } from "./ledger.ts";

const WRITERS = ["east-1", "west-1"];
const PER_WRITER = 30;
const none = { expiredKeys: 0, evictedKeys: 0, readErrors: 0, writerRestarts: 0 };
const keyOf = (writer: string, seq: number): string => `${writer}:${seq}`;

/** Every 10 ms one write per writer, from 0 on; all acknowledged but for those named. */
function writesWith(outcomes: Readonly<Record<string, WriteOutcome>> = {}): WritesFile {
  const lines = WRITERS.flatMap((writer) =>
    Array.from({ length: PER_WRITER }, (_, seq): WriteLine => {
      const outcome = outcomes[keyOf(writer, seq)] ?? "ok";
      return [writer, seq, `${writer}-${seq}`, seq * 10_000, seq * 10_000 + 1000, outcome, null, null, null];
    }),
  );
  return { header: { origin: at(0), keyPrefix: "ledger:" }, lines };
}

type Reading = {
  readonly cache?: string;
  readonly label?: "after-recovery" | "after-healing";
  readonly atMs?: number;
  /** What is not what was written: another token, absent (null), or not read (undefined). */
  readonly found?: Readonly<Record<string, string | null | undefined>>;
  readonly confounders?: Partial<typeof none>;
};

function readsWith({
  cache = "cache-east",
  label = "after-healing",
  atMs = 5000,
  found = {},
  confounders,
}: Reading): ReadsFile {
  const lines = WRITERS.flatMap((writer) =>
    Array.from({ length: PER_WRITER }, (_, seq) => {
      const key = keyOf(writer, seq);
      const token = key in found ? found[key] : `${writer}-${seq}`;
      return token === undefined ? [] : [[writer, seq, token] as const];
    }).flat(),
  );
  const upToSeq = Object.fromEntries(WRITERS.map((writer) => [writer, PER_WRITER - 1]));
  return { header: { label, cache, origin: at(atMs), upToSeq, confounders: { ...none, ...confounders } }, lines };
}

function measure(writes: WritesFile, reads: readonly ReadsFile[]) {
  const opened = { at: at(0) } as never;
  return ledgerMeasures({ writes, reads, clock: runClock([opened]), began: { lo: 250, hi: 260 } });
}

const only = (writes: WritesFile, ...reads: ReadsFile[]) => measure(writes, reads)[0];

describe("a write and what was found of it", () => {
  it.each([
    ["ok", "written", { kept: 60, lost: 0 }],
    ["ok", "absent", { kept: 59, lost: 1, lostRanges: [{ writer: "west-1", fromSeq: 7, toSeq: 7 }] }],
    ["ok", "another", { kept: 59, lost: 1, wrongToken: 1 }],
    ["unknown", "written", { lost: 0, acknowledged: 59, unknownPresent: 1, unknownAbsent: 0 }],
    ["unknown", "absent", { lost: 0, acknowledged: 59, unknownPresent: 0, unknownAbsent: 1 }],
    ["fail", "written", { lost: 0, acknowledged: 59, unexpected: 1 }],
    ["fail", "absent", { lost: 0, acknowledged: 59, unexpected: 0 }],
  ] as const)("acknowledged as %s and found %s is counted as it should be", (outcome, seen, expected) => {
    const found = { written: {}, absent: { "west-1:7": null }, another: { "west-1:7": "stranger" } }[seen];
    expect(only(writesWith({ "west-1:7": outcome }), readsWith({ found }))).toMatchObject(expected);
  });

  it("is not known to be lost while one cache has it: the caches disagree", () => {
    const reads = [readsWith({}), readsWith({ cache: "cache-west", found: { "west-1:7": null } })];
    expect(only(writesWith(), ...reads)).toMatchObject({ lost: 0, disagreements: 1 });
  });

  it("is delayed, not lost, when it is absent after recovery and present after healing", () => {
    const early = readsWith({ label: "after-recovery", found: { "west-1:7": null } });
    const both = measure(writesWith(), [early, readsWith({})]);
    expect(both.map(({ label, lost }) => [label, lost])).toEqual([
      ["after-recovery", 1],
      ["after-healing", 0],
    ]);
  });

  it("that no cache could read is neither kept for sure nor lost, and confounds the count", () => {
    const measured = only(writesWith(), readsWith({ found: { "west-1:7": undefined } }));
    expect(measured).toMatchObject({ lost: 0, confounders: { unreadWrites: 1 } });
  });

  it("still under way when the reading began is left to the next read-back", () => {
    expect(only(writesWith(), readsWith({ atMs: 200 }))).toMatchObject({ attempted: 40 });
  });

  it("is counted under what may have removed it otherwise: counters of all caches are summed", () => {
    const reads = [
      readsWith({ confounders: { evictedKeys: 2 } }),
      readsWith({ cache: "b", confounders: { evictedKeys: 1 } }),
    ];
    expect(only(writesWith(), ...reads)?.confounders).toMatchObject({ evictedKeys: 3, expiredKeys: 0 });
  });
});

describe("the ledger", () => {
  it("reports N removed acknowledged writes as exactly N lost, by writer and sequence", () => {
    const anyWrite = fc
      .tuple(fc.constantFrom(...WRITERS), fc.nat(PER_WRITER - 1))
      .map(([writer, seq]) => keyOf(writer, seq));
    fc.assert(
      fc.property(fc.uniqueArray(anyWrite), (removed) => {
        const found = Object.fromEntries(removed.map((key) => [key, null]));
        const reads = [readsWith({ found }), readsWith({ cache: "cache-west", found })];
        const measured = only(writesWith(), ...reads);
        const named = measured?.lostRanges.flatMap(({ writer, fromSeq, toSeq }) =>
          Array.from({ length: toSeq - fromSeq + 1 }, (_, step) => keyOf(writer, fromSeq + step)),
        );
        expect(measured?.lost).toBe(removed.length);
        expect(named?.toSorted()).toEqual(removed.toSorted());
      }),
    );
  });

  it("bounds how far back from the fault acknowledged writes are missing", () => {
    const measured = only(writesWith(), readsWith({ found: { "west-1:20": null, "west-1:21": null } }));
    // Sent at 200 ms, answered at 201 ms; the fault began between 250 and 260 ms.
    expect(measured?.lossWindow).toEqual({ kind: "measured", lo: 49, hi: 60, unit: "ms" });
  });

  it("says nothing where nothing was written or read back", () => {
    expect(ledgerMeasures({ writes: null, reads: [readsWith({})], clock: runClock([]), began: null })).toEqual([]);
    expect(measure(writesWith(), [])).toEqual([]);
  });
});
