import type { Bytes, Effect, Operation, OriginId } from "../operation.ts";
import type { VersionVector } from "../version-vector.ts";
import { ByteReader } from "./bytes.ts";
import { readEffect, type Skipped } from "./effect-codec.ts";

/** The batch that operations were read from. `count`: how many it holds. */
export type BatchSource = { readonly origin: OriginId; readonly bytes: Buffer; readonly count: number };

/**
 * An operation as it lies in its batch. While a member is away there are as many as it misses: so only what every
 * decision needs is at hand, and the effect is read when an operation meets another one.
 */
export class LoggedOperation implements Operation {
  readonly source: BatchSource;
  readonly seq: number;
  readonly hlcUs: number;
  readonly seen: VersionVector;
  readonly key: Bytes;
  readonly isPlainSet: boolean;
  readonly isOfList: boolean;
  readonly #start: number;
  readonly #end: number;
  #effect: Effect | undefined;

  constructor(source: BatchSource, { seq, hlcUs, seen }: Pick<Operation, "seq" | "hlcUs" | "seen">, place: Skipped) {
    this.source = source;
    this.seq = seq;
    this.hlcUs = hlcUs;
    this.seen = seen;
    this.key = place.key;
    this.isPlainSet = place.isPlainSet;
    this.isOfList = place.isOfList;
    this.#start = place.start;
    this.#end = place.end;
  }

  get origin(): OriginId {
    return this.source.origin;
  }

  get byteLength(): number {
    return this.#end - this.#start;
  }

  get effect(): Effect {
    this.#effect ??= this.readEffect();
    return this.#effect;
  }

  /** The effect for whoever needs it only once. */
  readEffect(): Effect {
    const reader = new ByteReader(this.source.bytes, this.#start);
    return readEffect(reader, reader.byte());
  }

  /** Of a plain SET: where its value lies in the bytes of its batch. */
  placeOfValue(): { readonly start: number; readonly end: number } {
    const reader = new ByteReader(this.source.bytes, this.#start + 1);
    reader.skipBytes();
    const length = reader.varint();
    return { start: reader.at, end: reader.at + length };
  }
}

/** The key of an operation, without reading anything else of it. */
export function keyOf(operation: Operation): Bytes {
  return operation instanceof LoggedOperation ? operation.key : operation.effect.key;
}
