import type { Bytes, Cell, CollectionType, DeletionCause, Effect, KeyType, Side, Ttl } from "../operation.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";

/** The order is the format: only ever append. */
const KINDS = ["set", "incr", "del", "expire", "persist", "add", "increase", "remove", "push", "pop", "state"] as const;
const TYPES = ["string", "list", "set", "hash", "zset", "stream"] as const satisfies readonly KeyType[];
const CAUSES = ["client", "expired", "evicted"] as const satisfies readonly DeletionCause[];
const SIDES = ["left", "right"] as const satisfies readonly Side[];
const TTLS = ["keep", "none", "at"] as const satisfies readonly Ttl["kind"][];

/** The first byte of a record that is no effect; see batch.ts. */
const FIRST_EFFECT_BYTE = 1;

export function writeEffect(writer: ByteWriter, effect: Effect): void {
  writer.byte(FIRST_EFFECT_BYTE + KINDS.indexOf(effect.kind));
  writer.bytes(effect.key);
  switch (effect.kind) {
    case "set":
      writer.bytes(effect.value);
      return writeTtl(writer, effect.ttl);
    case "incr":
      return writer.bytes(effect.by);
    case "del":
      return writer.byte(CAUSES.indexOf(effect.cause));
    case "expire":
      return writer.varint(effect.atMs);
    case "persist":
      return;
    case "add":
      writer.byte(TYPES.indexOf(effect.type));
      writer.bytes(effect.cell);
      return writer.bytes(effect.value);
    case "increase":
      writer.byte(TYPES.indexOf(effect.type));
      writer.bytes(effect.cell);
      return writer.bytes(effect.by);
    case "remove":
      writer.byte(TYPES.indexOf(effect.type));
      return writer.bytes(effect.cell);
    case "push":
    case "pop":
      writer.byte(SIDES.indexOf(effect.side));
      return writer.bytes(effect.value);
    case "state":
      return writeState(writer, effect);
  }
}

export function readEffect(reader: ByteReader, firstByte: number): Effect {
  const kind = oneOf(KINDS, firstByte - FIRST_EFFECT_BYTE);
  return readRest(reader, kind, reader.bytes());
}

/** Reads past the effect that begins where the reader stands, with the same errors as if it were read. */
export function skipEffect(reader: ByteReader): Skipped {
  const start = reader.at;
  const kind = oneOf(KINDS, reader.byte() - FIRST_EFFECT_BYTE);
  const key = reader.bytes();
  if (kind !== "set") {
    const effect = readRest(reader, kind, key);
    return { key, isPlainSet: false, isOfList: isOfList(effect), start, end: reader.at };
  }
  reader.skipBytes();
  const { kind: ttl } = readTtl(reader);
  return { key, isPlainSet: ttl === "none", isOfList: false, start, end: reader.at };
}

/**
 * What every decision needs of an effect. `isPlainSet`: a value for a key, and no time to live. `isOfList`: an element of
 * a list, or a whole one. `start`, `end`: where it lies.
 */
export type Skipped = {
  readonly key: Bytes;
  readonly isPlainSet: boolean;
  readonly isOfList: boolean;
  readonly start: number;
  readonly end: number;
};

function isOfList(effect: Effect): boolean {
  return effect.kind === "push" || effect.kind === "pop" || (effect.kind === "state" && effect.type === "list");
}

function readRest(reader: ByteReader, kind: Effect["kind"], key: Bytes): Effect {
  switch (kind) {
    case "set":
      return { kind, key, value: reader.bytes(), ttl: readTtl(reader) };
    case "incr":
      return { kind, key, by: reader.bytes() };
    case "del":
      return { kind, key, cause: oneOf(CAUSES, reader.byte()) };
    case "expire":
      return { kind, key, atMs: reader.varint() };
    case "persist":
      return { kind, key };
    case "add":
      return { kind, key, type: collectionType(reader), cell: reader.bytes(), value: reader.bytes() };
    case "increase":
      return { kind, key, type: counterType(reader), cell: reader.bytes(), by: reader.bytes() };
    case "remove":
      return { kind, key, type: collectionType(reader), cell: reader.bytes() };
    case "push":
    case "pop":
      return { kind, key, side: oneOf(SIDES, reader.byte()), value: reader.bytes() };
    case "state":
      return readState(reader, key);
  }
}

function writeState(writer: ByteWriter, effect: Extract<Effect, { kind: "state" }>): void {
  writer.byte(TYPES.indexOf(effect.type));
  writer.varint(effect.cells.length);
  for (const { cell, value } of effect.cells) {
    writer.bytes(cell);
    writer.bytes(value);
  }
  writeTtl(writer, effect.ttl);
}

function readState(reader: ByteReader, key: string): Effect {
  const type = oneOf(TYPES, reader.byte());
  if (type === "string") throw new RangeError("a whole string travels as a set");
  const cells = Array.from({ length: reader.varint() }, (): Cell => ({ cell: reader.bytes(), value: reader.bytes() }));
  return { kind: "state", key, type, cells, ttl: readTtl(reader) };
}

function writeTtl(writer: ByteWriter, ttl: Ttl): void {
  writer.byte(TTLS.indexOf(ttl.kind));
  if (ttl.kind === "at") writer.varint(ttl.atMs);
}

function readTtl(reader: ByteReader): Ttl {
  const kind = oneOf(TTLS, reader.byte());
  return kind === "at" ? { kind, atMs: reader.varint() } : { kind };
}

function collectionType(reader: ByteReader): CollectionType {
  const type = oneOf(TYPES, reader.byte());
  if (type === "string" || type === "list") throw new RangeError(`a ${type} has no cells`);
  return type;
}

function counterType(reader: ByteReader): "hash" | "zset" {
  const type = collectionType(reader);
  if (type === "hash" || type === "zset") return type;
  throw new RangeError(`a cell of a ${type} cannot be increased`);
}

function oneOf<T>(names: readonly T[], index: number): T {
  const name = names[index];
  if (name === undefined) throw new RangeError(`the batch holds ${index} where one of ${names.length} words must be`);
  return name;
}
