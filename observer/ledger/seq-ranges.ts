/** The sequence numbers a writer has used: few ranges, because only a restart leaves a gap. */
export type SeqRanges = {
  /** Takes a number above all before it. */
  add(seq: number): void;
  /** The highest number; 0 while there is none. */
  last(): number;
  /** Each number used, up to and including `last`, ascending. */
  upTo(last: number): Generator<number>;
};

export function createSeqRanges(used: readonly number[]): SeqRanges {
  const ranges: { from: number; to: number }[] = [];
  function add(seq: number): void {
    const last = ranges.at(-1);
    if (last && seq === last.to + 1) last.to = seq;
    else ranges.push({ from: seq, to: seq });
  }
  for (const seq of [...used].sort((a, b) => a - b)) add(seq);
  return {
    add,
    last: () => ranges.at(-1)?.to ?? 0,
    *upTo(last) {
      for (const range of ranges) {
        for (let seq = range.from; seq <= Math.min(range.to, last); seq += 1) yield seq;
      }
    },
  };
}
