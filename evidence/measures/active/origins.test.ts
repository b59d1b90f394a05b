import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WriteLine } from "../../../contracts/ledger.ts";
import type { ReadsFile, WritesFile } from "../../raw-files.ts";
import { at } from "../../sealed-bundle.fixture.test-helper.ts";
import { runClock } from "../clock.ts";
import { event, faultEvents } from "./group.fixture.test-helper.ts";
import { faultRecords } from "../faults.ts";
import { momentsOf } from "./moments.ts";
import { originsOf, refusalsOf, type ActiveLedgerInput } from "./origins.ts";
import { lostAcknowledged } from "./sums.ts";

/** What a member shows of one write: what was written, something else, nothing; or it could not be read. */
const shown = ["right", "other", "nothing", "unread"] as const;
type Shown = (typeof shown)[number];
type History = {
  readonly outcome: "ok" | "fail" | "unknown" | "oom";
  readonly region: "west" | "east" | null;
  readonly recovery: readonly [Shown, Shown] | null;
  readonly healing: readonly [Shown, Shown, Shown];
};

const RECOVERY_MS = 30_000;
const HEALING_MS = 60_000;
const confounders = { expiredKeys: 0, evictedKeys: 0, readErrors: 0, writerRestarts: 0 };
const regions = { "east-1": "east", "west-1": "west" };

/** Write n is acknowledged at n × 10 ms by the region that served it; its writer is the one of east. */
function ledgerOf(histories: readonly History[]): Pick<ActiveLedgerInput, "writes" | "reads"> {
  const lines = histories.map(({ outcome, region }, seq): WriteLine => {
    const line: WriteLine = ["east-1", seq, `t${seq}`, seq * 10_000, seq * 10_000 + 5000, "ok", region, null, null];
    line[5] = outcome === "oom" ? "fail" : outcome;
    if (outcome === "oom") line[9] = "oom";
    return line;
  });
  const writers = Object.entries(regions).map(([name, region]) => ({ name, region }));
  const writes: WritesFile = { header: { origin: at(0), keyPrefix: "ledger:", writers }, lines };
  const recovery = ["east", "north"].map((cache, n) =>
    readsOf(
      "after-recovery",
      cache,
      histories.map((one) => one.recovery?.[n] ?? "unread"),
    ),
  );
  const healing = ["east", "north", "west"].map((cache, n) =>
    readsOf(
      "after-healing",
      cache,
      histories.map((one) => one.healing[n] ?? "unread"),
    ),
  );
  return { writes, reads: [...recovery, ...healing] };
}

function readsOf(label: ReadsFile["header"]["label"], cache: string, seen: readonly Shown[]): ReadsFile {
  const token = { right: (seq: number) => `t${seq}`, other: () => "stranger", nothing: () => null };
  const lines = seen.flatMap((one, seq) => (one === "unread" ? [] : [["east-1", seq, token[one](seq)] as const]));
  const origin = at(label === "after-recovery" ? RECOVERY_MS : HEALING_MS);
  return { header: { label, cache, origin, upToSeq: { "east-1": seen.length }, confounders }, lines };
}

function inputOf(histories: readonly History[]): ActiveLedgerInput {
  const events = [event(0, "run.opened"), ...faultEvents("west", 100, 40_000)];
  const clock = runClock(events);
  const moments = momentsOf({ events, records: faultRecords(events), began: null, clock });
  return { ...ledgerOf(histories), clock, moments };
}

/** The table of the ledger, said once more and plainly. */
function fateInWords({ outcome, recovery, healing }: History): string {
  if (outcome !== "ok") return "not acknowledged";
  const right = healing.filter((one) => one === "right").length;
  const wrong = healing.filter((one) => one === "nothing" || one === "other").length;
  if (right > 0 && wrong > 0) return "disagreeing";
  if (right + wrong < healing.length) return "unread";
  if (right === 0) return "lost";
  return recovery?.some((one) => one === "nothing" || one === "other") === true ? "delayed" : "present";
}

const anyShown = fc.constantFrom(...shown);
const anyHistory: fc.Arbitrary<History> = fc.record({
  outcome: fc.constantFrom("ok" as const, "ok" as const, "fail" as const, "unknown" as const, "oom" as const),
  region: fc.constantFrom("west" as const, "east" as const, null),
  recovery: fc.option(fc.tuple(anyShown, anyShown)),
  healing: fc.tuple(anyShown, anyShown, anyShown),
});

describe("what became of the writes of a group, by the region that acknowledged them", () => {
  it("is what a plain table says of each of them, and every acknowledged one has exactly one fate", () => {
    fc.assert(
      fc.property(fc.array(anyHistory, { maxLength: 40 }), (histories) => {
        const { origins } = originsOf(inputOf(histories));
        for (const region of ["east", "west"]) {
          const own = histories.filter((one) => (one.region ?? "east") === region);
          const found = origins.find((one) => one.region === region);
          const fates = own.map(fateInWords);
          for (const fate of ["present", "delayed", "lost", "disagreeing", "unread"] as const) {
            expect([fate, found?.[fate] ?? 0]).toEqual([fate, fates.filter((one) => one === fate).length]);
          }
          expect(found?.oomRefused ?? 0).toBe(own.filter(({ outcome }) => outcome === "oom").length);
          expect(found?.attempted ?? 0).toBe(own.length);
        }
      }),
    );
  });

  const everywhere = ["right", "right", "right"] as const;
  const nowhere = ["nothing", "nothing", "nothing"] as const;
  const ok = { outcome: "ok", region: "east", recovery: ["right", "right"] } as const;

  it("names the members that have a write and those that lack it", () => {
    const { disagreements } = originsOf(inputOf([{ ...ok, healing: ["right", "nothing", "other"] }]));
    expect(disagreements).toEqual([{ writer: "east-1", seq: 0, has: ["east"], lacks: ["north", "west"] }]);
  });

  it("says of what the lost region had acknowledged and nobody had pulled that it was never sent", () => {
    const west = { ...ok, region: "west", healing: nowhere } as const;
    const { origins } = originsOf(inputOf([west, west, { ...ok, healing: nowhere }]));
    expect(origins).toMatchObject([
      { region: "east", lost: 1, lostUnsent: 0 },
      { region: "west", lost: 2, lostUnsent: 2 },
    ]);
  });

  it("knows nothing of what came after the reading had begun, or was never read", () => {
    const input = inputOf([{ ...ok, healing: everywhere }]);
    const early = input.reads.map((one) => ({ ...one, header: { ...one.header, origin: at(1) } }));
    expect(originsOf({ ...input, reads: early }).origins).toMatchObject([{ unread: 1, present: 0 }]);
    expect(originsOf({ ...input, reads: [] }).origins).toMatchObject([{ unread: 1, lost: 0 }]);
  });

  it("counts refusals for want of memory at the survivors, not at the lost region", () => {
    const oom = { ...ok, outcome: "oom", healing: nowhere } as const;
    const refusals = refusalsOf(inputOf([oom, oom, { ...oom, region: "west" }]));
    expect(refusals.map(({ atMs }) => atMs)).toEqual([5, 15]);
  });

  it("makes an interval of what is lost and what may be, and none where nothing was read", () => {
    const { origins } = originsOf(
      inputOf([
        { ...ok, healing: nowhere },
        { ...ok, healing: everywhere },
        { ...ok, healing: ["right", "nothing", "right"] },
        { ...ok, healing: ["right", "unread", "right"] },
      ]),
    );
    expect(lostAcknowledged(origins, [], true)).toMatchObject({ lo: 1, hi: 3, unit: "writes" });
    expect(lostAcknowledged(origins, [], false).kind).toBe("not-measured");
    expect(lostAcknowledged([], [], true).kind).toBe("not-measured");
  });
});
