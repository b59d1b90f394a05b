import { ByteReader } from "../codec/bytes.ts";
import type { OriginId } from "../operation.ts";
import type { VersionVector } from "../version-vector.ts";

/** A batch as it lies in the log: operations `firstSeq` to `lastSeq` of one origin. */
export type LoggedBatch = {
  readonly origin: OriginId;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly key: string;
  readonly bytes: Buffer;
};

/** What is in the log of this member, by origin and sequence. */
export class LogIndex {
  readonly #batches = new Map<OriginId, LoggedBatch[]>();
  /** Up to here an origin's operations have been dropped. */
  readonly #trimmed = new Map<OriginId, number>();

  get byteLength(): number {
    let sum = 0;
    for (const batches of this.#batches.values()) for (const { bytes } of batches) sum += bytes.length;
    return sum;
  }

  add(batch: LoggedBatch): void {
    const batches = this.#batches.get(batch.origin);
    if (batches === undefined) this.#batches.set(batch.origin, [batch]);
    else batches.push(batch);
  }

  origins(): Iterable<OriginId> {
    return this.#batches.keys();
  }

  /** Batches with operations after `seq`, oldest first; "trimmed" when some of them are gone: only a full sync helps. */
  after(origin: OriginId, seq: number): readonly LoggedBatch[] | "trimmed" {
    if (seq < (this.#trimmed.get(origin) ?? 0)) return "trimmed";
    const batches = this.#batches.get(origin) ?? [];
    const from = batches.findIndex(({ lastSeq }) => lastSeq > seq);
    return from === -1 ? [] : batches.slice(from);
  }

  /** Takes out whole batches that lie within `upTo`. */
  takeWithin(upTo: VersionVector): LoggedBatch[] {
    const taken: LoggedBatch[] = [];
    for (const [origin, batches] of this.#batches) {
      const bound = upTo.get(origin) ?? 0;
      while (batches[0] !== undefined && batches[0].lastSeq <= bound) {
        const [batch] = batches.splice(0, 1);
        if (batch === undefined) break;
        this.#trimmed.set(origin, batch.lastSeq);
        taken.push(batch);
      }
    }
    return taken;
  }

  /** After a restart: what lies before the oldest batch is gone. */
  markTrimmedBeforeFirst(): void {
    for (const [origin, batches] of this.#batches) {
      batches.sort((a, b) => a.firstSeq - b.firstSeq);
      const [first] = batches;
      if (first !== undefined) this.#trimmed.set(origin, first.firstSeq - 1);
    }
  }
}

/** The origin and first sequence that the bytes of a batch begin with. */
export function headOf(bytes: Buffer): { readonly origin: OriginId; readonly firstSeq: number } {
  const reader = new ByteReader(bytes);
  reader.byte();
  return { origin: reader.bytes(), firstSeq: reader.varint() };
}
