import type { Span } from "../snapshot/byte-source.ts";
import { LaneHash } from "./lane-hash.ts";

export const contentTypes = ["string", "list", "set", "hash", "zset", "stream"] as const;
export type ContentType = (typeof contentTypes)[number];

/** Takes in what a key holds, element by element, in the order of the snapshot. */
export type ElementSink = {
  /** A part of an element: a value, a field, a member, an id. The span holds only during the call. */
  part(span: Span): void;
  score(score: number): void;
  endElement(): void;
};

/** The order of a list's and a stream's elements counts, that of the others is redis's own affair. */
function isOrdered(type: ContentType): boolean {
  return type === "list" || type === "stream";
}

/** What a key holds as two sums of 32 bits: the same however it is encoded, and in which order a set's members came. */
export class KeyDigest implements ElementSink {
  readonly #element = new LaneHash();
  readonly #score = new DataView(new ArrayBuffer(8));
  #ordered = false;
  a = 0;
  b = 0;
  elements = 0;

  start(type: ContentType): void {
    this.#element.reset();
    this.#ordered = isOrdered(type);
    this.a = 0;
    this.b = 0;
    this.elements = 0;
  }

  part(span: Span): void {
    this.#element.bytes(span);
  }

  /** As the number it is: 0.1 is 0.10000000000000001, and 0 is -0. */
  score(score: number): void {
    this.#score.setFloat64(0, score === 0 ? 0 : score);
    this.#element.word(this.#score.getInt32(0));
    this.#element.word(this.#score.getInt32(4));
  }

  endElement(): void {
    const element = this.#element;
    if (this.#ordered) element.word(this.elements);
    element.finish();
    this.a = (this.a + element.a) | 0;
    this.b = (this.b + element.b) | 0;
    this.elements += 1;
    element.reset();
  }
}
