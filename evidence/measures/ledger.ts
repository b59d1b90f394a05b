import type { WriteLine } from "../../contracts/ledger.ts";
import type { Interval, LedgerMeasure } from "../bundle.ts";
import type { ReadsFile, WritesFile } from "../raw-files.ts";
import type { RunClock } from "./clock.ts";
import type { Instant } from "./faults.ts";
import { measured, notMeasured } from "./interval.ts";
import { sightingsIn, type Sight } from "./sightings.ts";

type Label = LedgerMeasure["label"];
export type LedgerInput = {
  readonly writes: WritesFile | null;
  readonly reads: readonly ReadsFile[];
  readonly clock: RunClock;
  readonly began: Instant | null;
};

/** What became of every write, for each read-back (table of evidence.md §6). */
export function ledgerMeasures(input: LedgerInput): LedgerMeasure[] {
  const { writes } = input;
  if (!writes) return [];
  const labels: readonly Label[] = ["after-recovery", "after-healing"];
  return labels.flatMap((label) => {
    const reads = input.reads.filter((one) => one.header.label === label);
    return reads.length === 0 ? [] : [measureLabel(label, { writes, reads }, input)];
  });
}

type ReadBack = { readonly writes: WritesFile; readonly reads: readonly ReadsFile[] };
type Seen = { readonly write: WriteLine; readonly sights: readonly Sight[] };

function measureLabel(label: Label, read: ReadBack, input: LedgerInput): LedgerMeasure {
  const { writes, reads } = read;
  const seen = seenWrites(read, input.clock);
  const ok = seen.filter(({ write }) => write[5] === "ok");
  const unknown = seen.filter(({ write }) => write[5] === "unknown");
  const lost = ok.filter(isLost);
  return {
    label,
    attempted: seen.length,
    acknowledged: ok.length,
    kept: ok.length - lost.length,
    lost: lost.length,
    lostRanges: rangesOf(lost.map(({ write }) => write)),
    unknownPresent: unknown.filter(isThere).length,
    unknownAbsent: unknown.filter((one) => !isThere(one)).length,
    unexpected: seen.filter((one) => one.write[5] === "fail" && isThere(one)).length,
    wrongToken: ok.filter(({ sights }) => sights.includes("wrong-token")).length,
    disagreements: ok.filter(({ sights }) => new Set(sights).size > 1).length,
    confounders: confoundersOf(reads, seen),
    lossWindow: lossWindow(
      lost.map(({ write }) => write),
      writes,
      input,
    ),
  };
}

/** Lost for sure: no cache that was read has it. Where caches differ, that is a disagreement, judged apart. */
function isLost({ sights }: Seen): boolean {
  return sights.length > 0 && sights.every((sight) => sight === "absent" || sight === "wrong-token");
}

function isThere({ sights }: Seen): boolean {
  return sights.includes("present");
}

/** The writes that a read-back had to find, with what each cache showed. */
function seenWrites({ writes, reads }: ReadBack, clock: RunClock): Seen[] {
  const sightings = sightingsIn(reads, writes, clock);
  return writes.lines.flatMap((write) => {
    const sights = sightings?.of(write);
    return sights ? [{ write, sights }] : [];
  });
}

function confoundersOf(reads: readonly ReadsFile[], seen: readonly Seen[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { header } of reads) {
    for (const [name, count] of Object.entries(header.confounders)) sum[name] = (sum[name] ?? 0) + count;
  }
  const unread = seen.filter(({ sights }) => sights.includes("unread")).length;
  return { ...sum, unreadWrites: unread };
}

/** Consecutive sequences of one writer as one range; a loss need not be a suffix. */
function rangesOf(lost: readonly WriteLine[]): LedgerMeasure["lostRanges"] {
  const ranges: LedgerMeasure["lostRanges"] = [];
  const sorted = lost.toSorted((a, b) => (a[0] === b[0] ? a[1] - b[1] : a[0] < b[0] ? -1 : 1));
  for (const [writer, seq] of sorted) {
    const last = ranges.at(-1);
    if (last?.writer === writer && last.toSeq + 1 === seq) last.toSeq = seq;
    else ranges.push({ writer, fromSeq: seq, toSeq: seq });
  }
  return ranges;
}

/** How far back before the fault acknowledged writes are missing. */
function lossWindow(lost: readonly WriteLine[], writes: WritesFile, { clock, began }: LedgerInput): Interval {
  if (!began) return notMeasured("no fault was active");
  if (lost.length === 0) return measured(0, 0);
  const originMs = clock.at(writes.header.origin);
  const first = lost.reduce((earliest, write) => (write[3] < earliest[3] ? write : earliest));
  const [sentMs, endMs] = [originMs + first[3] / 1000, originMs + first[4] / 1000];
  return measured(Math.max(0, began.lo - endMs), Math.max(0, began.hi - sentMs));
}
