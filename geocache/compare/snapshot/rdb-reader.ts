import type { ByteSource, Span } from "./byte-source.ts";
import { encodingOf } from "./rdb-values.ts";
import { readLength, readString, skipString } from "./rdb-strings.ts";
import type { ContentType, ElementSink } from "../digest/key-digest.ts";

const MAGIC = "REDIS";
const HEADER_BYTES = 9;

const FUNCTION = 245;
const IDLE = 248;
const FREQUENCY = 249;
const AUX = 250;
const RESIZE = 251;
const EXPIRES_MS = 252;
const EXPIRES_S = 253;
const SELECT = 254;
const END = 255;
/** Below stand the types of values. */
const FIRST_OPCODE = 244;

const NO_EXPIRY = 0;

/** `expiresAtMs`: since 1970; 0: never. */
export type KeyHead = { readonly type: ContentType; readonly expiresAtMs: number };

export type SnapshotVisitor = {
  /** The key's name holds only during the call. Returns what takes in the content, or undefined to pass over it. */
  onKey(name: Span, head: KeyHead): ElementSink | undefined;
  onKeyEnd(): void;
};

/** Reads a whole snapshot; keys of database 0 go to the visitor. @throws Error for whatever it does not understand. */
export function readSnapshot(source: ByteSource, visitor: SnapshotVisitor): void {
  readHeader(source);
  let database = 0;
  let expiresAtMs = NO_EXPIRY;
  for (let code = source.byte(); code !== END; code = source.byte()) {
    if (code < FIRST_OPCODE) {
      readKey(source, { code, expiresAtMs, visitor: database === 0 ? visitor : undefined });
      expiresAtMs = NO_EXPIRY;
    } else if (code === SELECT) database = readLength(source);
    else if (code === EXPIRES_MS || code === EXPIRES_S) expiresAtMs = readExpiry(source, code);
    else skipOpcode(source, code);
  }
  source.checksum();
}

function readHeader(source: ByteSource): void {
  const { bytes, start } = source.take(HEADER_BYTES);
  const magic = bytes.toString("latin1", start, start + MAGIC.length);
  if (magic !== MAGIC) throw new Error("what the redis sent is no snapshot");
}

type KeyRecord = { readonly code: number; readonly expiresAtMs: number; readonly visitor: SnapshotVisitor | undefined };

function readKey(source: ByteSource, { code, expiresAtMs, visitor }: KeyRecord): void {
  const { type, read, skip } = encodingOf(code);
  if (visitor === undefined) {
    skipString(source);
    return skip(source);
  }
  const sink = visitor.onKey(readString(source), { type, expiresAtMs });
  if (sink === undefined) return skip(source);
  read(source, sink);
  visitor.onKeyEnd();
}

function readExpiry(source: ByteSource, code: number): number {
  const { view, start } = source.take(code === EXPIRES_MS ? 8 : 4);
  return code === EXPIRES_MS ? Number(view.getBigInt64(start, true)) : view.getInt32(start, true) * 1000;
}

function skipOpcode(source: ByteSource, code: number): void {
  if (code === AUX) {
    skipString(source);
    skipString(source);
  } else if (code === RESIZE) {
    readLength(source);
    readLength(source);
  } else if (code === FUNCTION) skipString(source);
  else if (code === IDLE) readLength(source);
  else if (code === FREQUENCY) source.byte();
  else throw new Error(`the snapshot holds what cannot be compared, opcode ${code}`);
}
