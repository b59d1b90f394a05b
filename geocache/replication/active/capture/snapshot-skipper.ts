const MARK_LENGTH = 40;

export type SnapshotSkipper = {
  /** What follows the snapshot, once it is over; undefined while it lasts. */
  readonly push: (chunk: Buffer) => Buffer | undefined;
};

/** Passes over the snapshot at the start of a stream, which is sent by length or, diskless, up to a random mark. */
export function createSnapshotSkipper(): SnapshotSkipper {
  let pending = Buffer.alloc(0);
  let end: { kind: "length"; left: number } | { kind: "mark"; mark: string } | undefined;

  const readStart = (): void => {
    while (pending[0] === 0x0a) pending = pending.subarray(1);
    const lineEnd = pending.indexOf("\r\n");
    if (lineEnd === -1) return;
    const line = pending.toString("latin1", 1, lineEnd);
    end = line.startsWith("EOF:") ? { kind: "mark", mark: line.slice(4) } : { kind: "length", left: Number(line) };
    pending = pending.subarray(lineEnd + 2);
  };

  const skipLength = (left: number): Buffer | undefined => {
    const skipped = Math.min(left, pending.length);
    const rest = pending.subarray(skipped);
    end = { kind: "length", left: left - skipped };
    pending = Buffer.alloc(0);
    return left === skipped ? rest : undefined;
  };

  const skipToMark = (mark: string): Buffer | undefined => {
    const at = pending.indexOf(mark, 0, "latin1");
    if (at !== -1) return pending.subarray(at + MARK_LENGTH);
    pending = pending.subarray(Math.max(0, pending.length - MARK_LENGTH));
    return undefined;
  };

  return {
    push(chunk) {
      pending = Buffer.concat([pending, chunk]);
      if (end === undefined) readStart();
      if (end === undefined) return undefined;
      return end.kind === "length" ? skipLength(end.left) : skipToMark(end.mark);
    },
  };
}
