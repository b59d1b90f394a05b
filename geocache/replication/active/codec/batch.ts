import type { Effect, OriginId } from "../operation.ts";
import type { VersionVector } from "../version-vector.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { skipEffect, writeEffect } from "./effect-codec.ts";
import { LoggedOperation } from "./logged-operation.ts";

const FORMAT = 1;
/** A record that says what the origin had applied from here on; every other record is one operation. */
const SEEN = 0;

export type BatchStart = {
  readonly origin: OriginId;
  readonly firstSeq: number;
  readonly hlcUs: number;
  readonly seen: VersionVector;
};

/** Operations of one origin in the order of their sequence, 7 to 10 bytes each beyond keys and values. */
export class BatchWriter {
  readonly start: BatchStart;
  readonly #writer = new ByteWriter();
  #count = 0;
  #hlcUs: number;
  #seen: VersionVector;

  constructor(start: BatchStart) {
    this.start = start;
    this.#hlcUs = start.hlcUs;
    this.#seen = start.seen;
    this.#writer.byte(FORMAT);
    this.#writer.bytes(start.origin);
    this.#writer.varint(start.firstSeq);
    this.#writer.varint(start.hlcUs);
    writeVector(this.#writer, start.seen);
  }

  get count(): number {
    return this.#count;
  }

  get byteLength(): number {
    return this.#writer.length;
  }

  get lastSeq(): number {
    return this.start.firstSeq + this.#count - 1;
  }

  /** `seen` is compared by identity: a new vector is written only where it changed. */
  add(effect: Effect, hlcUs: number, seen: VersionVector): void {
    if (seen !== this.#seen) {
      this.#writer.byte(SEEN);
      writeVector(this.#writer, seen);
      this.#seen = seen;
    }
    writeEffect(this.#writer, effect);
    this.#writer.varint(hlcUs - this.#hlcUs);
    this.#hlcUs = hlcUs;
    this.#count += 1;
  }

  take(): Buffer {
    return this.#writer.take();
  }
}

/** Throws a `RangeError` for anything that is not a whole batch. The bytes must not change afterwards. */
export function readBatch(bytes: Buffer): LoggedOperation[] {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== FORMAT) throw new RangeError("not a batch of a format that this version knows");
  const source = { origin: reader.bytes(), bytes, count: 0 };
  let seq = reader.varint();
  let hlcUs = reader.varint();
  let seen = readVector(reader);
  const operations: LoggedOperation[] = [];
  while (!reader.atEnd) {
    if (reader.next === SEEN) {
      reader.byte();
      seen = readVector(reader);
      continue;
    }
    const skipped = skipEffect(reader);
    hlcUs += reader.varint();
    operations.push(new LoggedOperation(source, { seq, hlcUs, seen }, skipped));
    seq += 1;
  }
  source.count = operations.length;
  return operations;
}

function writeVector(writer: ByteWriter, vector: VersionVector): void {
  writer.varint(vector.size);
  for (const [origin, seq] of vector) {
    writer.bytes(origin);
    writer.varint(seq);
  }
}

function readVector(reader: ByteReader): VersionVector {
  const size = reader.varint();
  const vector = new Map<OriginId, number>();
  for (let entry = 0; entry < size; entry += 1) vector.set(reader.bytes(), reader.varint());
  return vector;
}
