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

/** Of the log: how many operations, how large, and the time of the oldest, microseconds since 1970. */
export type Extent = { readonly operations: number; readonly bytes: number; readonly oldestUs: number | undefined };

const BATCHES_AT_ONCE = 256;

/** What is in the log of this member, by origin and sequence. */
export class LogIndex {
  readonly #batches = new Map<OriginId, LoggedBatch[]>();
  /** Up to here an origin's operations have been dropped. */
  readonly #trimmed = new Map<OriginId, number>();
  #byteLength = 0;

  get byteLength(): number {
    return this.#byteLength;
  }

  add(batch: LoggedBatch): void {
    const batches = this.#batches.get(batch.origin);
    if (batches === undefined) this.#batches.set(batch.origin, [batch]);
    else batches.push(batch);
    this.#byteLength += batch.bytes.length;
  }

  /** Also those of which nothing is left. */
  origins(): Iterable<OriginId> {
    return new Set([...this.#batches.keys(), ...this.#trimmed.keys()]);
  }

  /** The next batches with operations after `seq`, oldest first; "trimmed" when some of them are gone: only a full sync helps. */
  after(origin: OriginId, seq: number): readonly LoggedBatch[] | "trimmed" {
    if (seq < (this.#trimmed.get(origin) ?? 0)) return "trimmed";
    const batches = this.#batches.get(origin) ?? [];
    const from = firstAfter(batches, seq);
    return batches.slice(from, from + BATCHES_AT_ONCE);
  }

  /** What lies behind `vector`, of all origins but those that are passed over. */
  extentAfter(vector: VersionVector, isPassedOver: (origin: OriginId) => boolean): Extent {
    let [operations, bytes, oldestUs]: [number, number, number | undefined] = [0, 0, undefined];
    for (const [origin, batches] of this.#batches) {
      if (isPassedOver(origin)) continue;
      const seq = vector.get(origin) ?? 0;
      const behind = batches.slice(firstAfter(batches, seq));
      const [first] = behind;
      if (first === undefined) continue;
      operations += (behind.at(-1)?.lastSeq ?? 0) - Math.max(seq, first.firstSeq - 1);
      for (const batch of behind) bytes += batch.bytes.length;
      oldestUs = Math.min(oldestUs ?? Infinity, headOf(first.bytes).hlcUs);
    }
    return { operations, bytes, oldestUs };
  }

  /** Takes out whole batches that lie within `upTo`. */
  takeWithin(upTo: VersionVector): LoggedBatch[] {
    const taken: LoggedBatch[] = [];
    for (const [origin, batches] of this.#batches) {
      const within = batches.splice(0, firstAfter(batches, upTo.get(origin) ?? 0));
      const last = within.at(-1);
      if (last === undefined) continue;
      this.#trimmed.set(origin, last.lastSeq);
      for (const batch of within) {
        this.#byteLength -= batch.bytes.length;
        taken.push(batch);
      }
    }
    return taken;
  }

  /** After a restart: what was applied and is not here is gone. */
  markTrimmed(applied: VersionVector): void {
    for (const batches of this.#batches.values()) batches.sort((a, b) => a.firstSeq - b.firstSeq);
    for (const [origin, seq] of applied) {
      const [first] = this.#batches.get(origin) ?? [];
      this.#trimmed.set(origin, first === undefined ? seq : first.firstSeq - 1);
    }
  }
}

/** The place of the first batch that ends behind `seq`. */
function firstAfter(batches: readonly LoggedBatch[], seq: number): number {
  let [low, high] = [0, batches.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((batches[middle]?.lastSeq ?? 0) > seq) high = middle;
    else low = middle + 1;
  }
  return low;
}

type Head = { readonly origin: OriginId; readonly firstSeq: number; readonly hlcUs: number };

/** What the bytes of a batch begin with. */
export function headOf(bytes: Buffer): Head {
  const reader = new ByteReader(bytes);
  reader.byte();
  return { origin: reader.bytes(), firstSeq: reader.varint(), hlcUs: reader.varint() };
}
