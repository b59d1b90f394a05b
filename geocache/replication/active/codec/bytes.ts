import type { Bytes } from "../operation.ts";

const FIRST_CAPACITY = 4096;

/** A growing buffer of varints and length-prefixed byte strings. */
export class ByteWriter {
  #buffer = Buffer.allocUnsafe(FIRST_CAPACITY);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
  }

  /** Non-negative, below 2^53. */
  varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#length++] = rest;
  }

  bytes(value: Bytes): void {
    this.varint(value.length);
    this.text(value);
  }

  /** Without its length. */
  text(value: Bytes): void {
    this.#reserve(value.length);
    this.#buffer.write(value, this.#length, "latin1");
    this.#length += value.length;
  }

  /** A part of other bytes. */
  copy(source: Buffer, start: number, end: number): void {
    this.#reserve(end - start);
    source.copy(this.#buffer, this.#length, start, end);
    this.#length += end - start;
  }

  uint16(value: number): void {
    this.#reserve(2);
    this.#length = this.#buffer.writeUInt16BE(value, this.#length);
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#length = this.#buffer.writeUInt32BE(value, this.#length);
  }

  /** Over what was written there before. */
  uint32At(at: number, value: number): void {
    this.#buffer.writeUInt32BE(value, at);
  }

  /** A copy of what was written. */
  take(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#length));
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + more));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** Reads what a `ByteWriter` wrote; whatever does not fit is a `RangeError`, never a guess. */
export class ByteReader {
  readonly #buffer: Buffer;
  #at: number;

  constructor(buffer: Buffer, at = 0) {
    this.#buffer = buffer;
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  /** The next byte, which stays where it is. */
  get next(): number | undefined {
    return this.#buffer[this.#at];
  }

  get atEnd(): boolean {
    return this.#at >= this.#buffer.length;
  }

  byte(): number {
    const value = this.#buffer[this.#at++];
    if (value === undefined) throw new RangeError("the batch ends in the middle of an operation");
    return value;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const next = this.byte();
      value += (next & 0x7f) * scale;
      if (next < 0x80) break;
      scale *= 0x80;
    }
    if (!Number.isSafeInteger(value)) throw new RangeError("a number in the batch is too large");
    return value;
  }

  bytes(): Bytes {
    const end = this.#endOfBytes();
    const value = this.#buffer.toString("latin1", this.#at, end);
    this.#at = end;
    return value;
  }

  /** Past bytes that nobody wants to have. */
  skipBytes(): void {
    this.#at = this.#endOfBytes();
  }

  #endOfBytes(): number {
    const length = this.varint();
    const end = this.#at + length;
    if (end > this.#buffer.length) throw new RangeError("a value in the batch is longer than the batch");
    return end;
  }
}
