import type { Span } from "../snapshot/byte-source.ts";
import type { KeyHead, SnapshotVisitor } from "../snapshot/rdb-reader.ts";
import { BUCKETS, COUNT, PASS_OVER, SHOW, type BucketSums } from "./buckets.ts";
import { ElementTexts } from "./element-texts.ts";
import { contentTypes, KeyDigest, type ContentType, type ElementSink } from "./key-digest.ts";
import { LaneHash } from "./lane-hash.ts";

/** A key of a bucket that is to be shown. Names are latin1: one character a byte. */
export type ShownKey = {
  readonly name: string;
  readonly type: ContentType;
  readonly expiresAtMs: number;
  /** Of the content alone. */
  readonly sums: readonly [number, number];
  readonly elementCount: number;
  /** Without those that there was no room for. */
  readonly elements: readonly string[];
};

export type Tallied = {
  readonly keys: number;
  readonly elements: number;
  readonly bucketSums: BucketSums;
  /** Of each key that is to be counted: the two sums of its name, the two of everything it holds. */
  readonly counted: readonly number[];
  readonly shown: readonly ShownKey[];
};

type TallyInput = {
  /** What expires until then counts as gone: redis itself removes it at a time of its own choice. */
  readonly cutoffMs: number;
  /** For each bucket PASS_OVER, COUNT or SHOW. */
  readonly interest: Uint8Array;
};

/** Sums up a snapshot in buckets of keys. A key that holds no element (a stream can) counts as absent. */
export class Tally implements SnapshotVisitor {
  readonly #input: TallyInput;
  readonly #sums = new Int32Array(2 * BUCKETS);
  readonly #key = new LaneHash();
  readonly #whole = new LaneHash();
  readonly #digest = new KeyDigest();
  readonly #texts = new ElementTexts(this.#digest);
  readonly #counted: number[] = [];
  readonly #shown: ShownKey[] = [];
  #head: KeyHead = { type: "string", expiresAtMs: 0 };
  #name = "";
  #keys = 0;
  #elements = 0;

  constructor(input: TallyInput) {
    this.#input = input;
  }

  onKey(name: Span, head: KeyHead): ElementSink | undefined {
    if (head.expiresAtMs !== 0 && head.expiresAtMs <= this.#input.cutoffMs) return undefined;
    this.#head = head;
    this.#key.reset();
    this.#key.bytes(name);
    this.#key.finish();
    this.#digest.start(head.type);
    if (this.#interest !== SHOW) return this.#digest;
    this.#name = name.bytes.toString("latin1", name.start, name.end);
    this.#texts.start(head.type);
    return this.#texts;
  }

  onKeyEnd(): void {
    const digest = this.#digest;
    if (digest.elements === 0) return;
    this.#keys += 1;
    this.#elements += digest.elements;
    const { a, b } = this.#sumWhole();
    const at = 2 * this.#bucket;
    this.#sums[at] = ((this.#sums[at] ?? 0) + a) | 0;
    this.#sums[at + 1] = ((this.#sums[at + 1] ?? 0) + b) | 0;
    if (this.#interest === PASS_OVER) return;
    this.#counted.push(this.#key.a, this.#key.b, a, b);
    if (this.#interest === SHOW) this.#show();
  }

  result(): Tallied {
    return {
      keys: this.#keys,
      elements: this.#elements,
      bucketSums: this.#sums,
      counted: this.#counted,
      shown: this.#shown,
    };
  }

  get #bucket(): number {
    return this.#key.a >>> 16;
  }

  get #interest(): number {
    return this.#input.interest[this.#bucket] ?? COUNT;
  }

  #sumWhole(): LaneHash {
    const { type, expiresAtMs } = this.#head;
    const whole = this.#whole;
    whole.reset();
    whole.word(this.#key.a);
    whole.word(this.#key.b);
    whole.word(contentTypes.indexOf(type));
    whole.word(expiresAtMs | 0);
    whole.word(Math.floor(expiresAtMs / 2 ** 32));
    whole.word(this.#digest.elements);
    whole.word(this.#digest.a);
    whole.word(this.#digest.b);
    whole.finish();
    return whole;
  }

  #show(): void {
    const { a, b, elements } = this.#digest;
    this.#shown.push({
      ...this.#head,
      name: this.#name,
      sums: [a, b],
      elementCount: elements,
      elements: this.#texts.take(),
    });
  }
}
