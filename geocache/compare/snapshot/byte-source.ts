import { Crc64 } from "./crc64.ts";

const FIRST_CAPACITY = 1 << 18;

/** Copies at least one byte into `into` from `from` on and says how many; 0: there are no more. May block. */
export type ReadMore = (into: Uint8Array, from: number) => number;

/** A contiguous piece of bytes. What `ByteSource` gives holds only until the next read. */
export type Span = { readonly bytes: Buffer; readonly view: DataView; readonly start: number; readonly end: number };

/** Reads a stream of bytes in order; it keeps no more of it than the piece that was asked for, and sums it up. */
export class ByteSource {
  readonly #readMore: ReadMore;
  readonly #crc = new Crc64();
  #bytes = Buffer.allocUnsafe(FIRST_CAPACITY);
  #view = viewOf(this.#bytes);
  #scratch = spanOf(Buffer.alloc(0));
  #at = 0;
  #end = 0;
  #summed = 0;
  #before = 0;

  constructor(readMore: ReadMore) {
    this.#readMore = readMore;
  }

  /** Bytes read so far. */
  get position(): number {
    return this.#before + this.#at;
  }

  byte(): number {
    this.#need(1);
    return this.#view.getUint8(this.#at++);
  }

  /** `length` bytes in one piece. @throws Error when the stream ends before. */
  take(length: number): Span {
    this.#need(length);
    const start = this.#at;
    this.#at += length;
    return { bytes: this.#bytes, view: this.#view, start, end: this.#at };
  }

  /** Room for a value that is not in the stream as it is; like a piece of the stream it holds until the next read. */
  scratch(length: number): Span {
    if (length > this.#scratch.bytes.length) this.#scratch = spanOf(Buffer.allocUnsafe(length * 2));
    return { ...this.#scratch, end: length };
  }

  /** Passes over bytes without keeping them. */
  skip(length: number): void {
    for (let left = length; left > 0;) {
      const part = Math.min(left, FIRST_CAPACITY);
      this.#need(part);
      this.#at += part;
      left -= part;
    }
  }

  /** Takes the checksum of everything before it. @throws Error when it is another. */
  checksum(): void {
    this.#sum();
    const { bytes, start } = this.take(8);
    if (!this.#crc.matches(bytes, start)) throw new Error("the snapshot's checksum does not match");
  }

  #sum(): void {
    this.#crc.update(this.#bytes, this.#summed, this.#at);
    this.#summed = this.#at;
  }

  #need(length: number): void {
    if (this.#end - this.#at >= length) return;
    this.#sum();
    this.#makeRoom(length);
    while (this.#end - this.#at < length) {
      const count = this.#readMore(this.#bytes, this.#end);
      if (count === 0) throw new Error("the snapshot ends in the middle");
      this.#end += count;
    }
  }

  #makeRoom(length: number): void {
    const old = this.#bytes;
    // Twice as much, so that what follows a long value is not read byte by byte.
    if (length > old.length) this.#bytes = Buffer.allocUnsafe(length * 2);
    else if (length <= FIRST_CAPACITY && old.length > FIRST_CAPACITY) this.#shrink();
    old.copy(this.#bytes, 0, this.#at, this.#end);
    if (this.#bytes !== old) this.#view = viewOf(this.#bytes);
    this.#before += this.#at;
    this.#end -= this.#at;
    this.#at = 0;
    this.#summed = 0;
  }

  /** One long value does not cost its memory for the rest of the stream. */
  #shrink(): void {
    if (this.#end - this.#at <= FIRST_CAPACITY / 2) this.#bytes = Buffer.allocUnsafe(FIRST_CAPACITY);
  }
}

export function spanOf(bytes: Buffer): Span {
  return { bytes, view: viewOf(bytes), start: 0, end: bytes.length };
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
