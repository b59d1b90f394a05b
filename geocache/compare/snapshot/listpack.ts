import { spanOf, type Span } from "./byte-source.ts";

const HEADER_BYTES = 6;
const END = 0xff;

/** Walks through a listpack; each element as its text, numbers in decimal. @throws RangeError beyond its end. */
export class ListpackReader {
  readonly #pack: Span;
  #at: number;

  constructor(pack: Span) {
    this.#pack = pack;
    this.#at = pack.start + HEADER_BYTES;
  }

  get atEnd(): boolean {
    return this.#pack.view.getUint8(this.#at) === END;
  }

  /** Holds as long as the pack's own bytes. */
  next(): Span {
    const { bytes, view } = this.#pack;
    const first = view.getUint8(this.#at);
    const { head, length } = stringHead(view, this.#at, first);
    if (head === 0) return spanOf(Buffer.from(String(this.nextNumber())));
    const start = this.#at + head;
    const end = start + length;
    this.#pass(head + length);
    return { bytes, view, start, end };
  }

  /** An element that is known to be a number below 2^53. */
  nextNumber(): number | bigint {
    const { view } = this.#pack;
    const at = this.#at;
    const first = view.getUint8(at);
    if (first < 0x80) {
      this.#pass(1);
      return first;
    }
    if ((first & 0xe0) === 0xc0) {
      this.#pass(2);
      return ((((first & 0x1f) << 8) | view.getUint8(at + 1)) << 19) >> 19;
    }
    return this.#wideNumber(at, first);
  }

  #wideNumber(at: number, first: number): number | bigint {
    const { view } = this.#pack;
    const bytes = { 0xf1: 2, 0xf2: 3, 0xf3: 4, 0xf4: 8 }[first];
    if (bytes === undefined) throw new RangeError(`a listpack holds ${first} where a number must be`);
    this.#pass(1 + bytes);
    if (bytes === 8) return view.getBigInt64(at + 1, true);
    if (bytes === 4) return view.getInt32(at + 1, true);
    if (bytes === 2) return view.getInt16(at + 1, true);
    return (view.getInt16(at + 2, true) << 8) | view.getUint8(at + 1);
  }

  /** Behind each element stands how long it was, for walking back. */
  #pass(length: number): void {
    const back = length <= 127 ? 1 : length < 16_383 ? 2 : length < 2_097_151 ? 3 : length < 268_435_455 ? 4 : 5;
    this.#at += length + back;
    if (this.#at >= this.#pack.end) throw new RangeError("a listpack is longer than it says");
  }
}

/** Bytes before a string's text, and of the text; no head: it is a number. */
function stringHead(view: DataView, at: number, first: number): { readonly head: number; readonly length: number } {
  if ((first & 0xc0) === 0x80) return { head: 1, length: first & 0x3f };
  if ((first & 0xf0) === 0xe0) return { head: 2, length: ((first & 0x0f) << 8) | view.getUint8(at + 1) };
  if (first === 0xf0) return { head: 5, length: view.getUint32(at + 1, true) };
  return { head: 0, length: 0 };
}
