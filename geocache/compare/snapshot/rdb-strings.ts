import { spanOf, type ByteSource, type Span } from "./byte-source.ts";
import { decompress } from "./lzf.ts";

/** Encodings of a string that are no length: integers of 1, 2 and 4 bytes, and compressed text. */
const INT8 = 0;
const INT16 = 1;
const INT32 = 2;
const LZF = 3;

/** How long what follows is, or how it is encoded. */
type Head = { readonly length: number; readonly encoded: boolean };

function readHead(source: ByteSource): Head {
  const first = source.byte();
  const rest = first & 0x3f;
  if (first < 0x40) return { length: rest, encoded: false };
  if (first < 0x80) return { length: (rest << 8) | source.byte(), encoded: false };
  if (first >= 0xc0) return { length: rest, encoded: true };
  const { view, start } = source.take(first === 0x81 ? 8 : 4);
  return { length: first === 0x81 ? Number(view.getBigUint64(start)) : view.getUint32(start), encoded: false };
}

export function readLength(source: ByteSource): number {
  const { length, encoded } = readHead(source);
  if (encoded) throw new Error("the snapshot has an encoding where a length must be");
  return length;
}

/** The string as a client sees it, whatever it is encoded as; holds until the next read. */
export function readString(source: ByteSource): Span {
  const { length, encoded } = readHead(source);
  if (!encoded) return source.take(length);
  if (length !== LZF) return spanOf(Buffer.from(String(readInteger(source, length))));
  const compressedLength = readLength(source);
  const plainLength = readLength(source);
  const plain = source.scratch(plainLength);
  decompress(source.take(compressedLength), plainLength, plain.bytes);
  return plain;
}

export function skipString(source: ByteSource): void {
  const { length, encoded } = readHead(source);
  if (!encoded) source.skip(length);
  else if (length !== LZF) readInteger(source, length);
  else {
    const compressedLength = readLength(source);
    readLength(source);
    source.skip(compressedLength);
  }
}

function readInteger(source: ByteSource, encoding: number): number {
  if (encoding === INT8) return (source.byte() << 24) >> 24;
  if (encoding === INT16) {
    const { view, start } = source.take(2);
    return view.getInt16(start, true);
  }
  if (encoding !== INT32) throw new Error(`the snapshot has a string of an unknown encoding, ${encoding}`);
  const { view, start } = source.take(4);
  return view.getInt32(start, true);
}
