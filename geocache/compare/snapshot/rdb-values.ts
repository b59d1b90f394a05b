import type { ContentType, ElementSink } from "../digest/key-digest.ts";
import { spanOf, type ByteSource } from "./byte-source.ts";
import { ListpackReader } from "./listpack.ts";
import { readStream, skipStream } from "./rdb-streams.ts";
import { readLength, readString, skipString } from "./rdb-strings.ts";

/** A way in which redis writes a value. */
type Encoding = {
  readonly type: ContentType;
  readonly read: (source: ByteSource, sink: ElementSink) => void;
  readonly skip: (source: ByteSource) => void;
};

const NODE_PLAIN = 1;

/** By the byte that stands before the key: everything that redis 7 writes, modules apart. */
const encodings: Readonly<Record<number, Encoding>> = {
  0: { type: "string", read: readParts, skip: skipString },
  1: { type: "list", read: readSingles, skip: (source) => skipStrings(source, 1) },
  2: { type: "set", read: readSingles, skip: (source) => skipStrings(source, 1) },
  4: { type: "hash", read: readPairs, skip: (source) => skipStrings(source, 2) },
  5: { type: "zset", read: readScored, skip: skipScored },
  11: { type: "set", read: readIntset, skip: skipString },
  15: { type: "stream", read: (source, sink) => readStream(source, sink, 1), skip: (source) => skipStream(source, 1) },
  16: { type: "hash", read: (source, sink) => readPack(source, sink, 2), skip: skipString },
  17: { type: "zset", read: readScoredPack, skip: skipString },
  18: { type: "list", read: readNodes, skip: skipNodes },
  19: { type: "stream", read: (source, sink) => readStream(source, sink, 2), skip: (source) => skipStream(source, 2) },
  20: { type: "set", read: (source, sink) => readPack(source, sink, 1), skip: skipString },
  21: { type: "stream", read: (source, sink) => readStream(source, sink, 3), skip: (source) => skipStream(source, 3) },
};

/** @throws Error for what no redis 7 writes, and for modules' types: nobody but the module can read them. */
export function encodingOf(code: number): Encoding {
  const encoding = encodings[code];
  if (encoding === undefined) throw new Error(`the snapshot has a value of a type that cannot be compared, ${code}`);
  return encoding;
}

function readParts(source: ByteSource, sink: ElementSink, parts = 1): void {
  for (let part = 0; part < parts; part += 1) sink.part(readString(source));
  sink.endElement();
}

function readSingles(source: ByteSource, sink: ElementSink): void {
  for (let left = readLength(source); left > 0; left -= 1) readParts(source, sink);
}

function readPairs(source: ByteSource, sink: ElementSink): void {
  for (let left = readLength(source); left > 0; left -= 1) readParts(source, sink, 2);
}

function skipStrings(source: ByteSource, parts: number): void {
  for (let left = readLength(source) * parts; left > 0; left -= 1) skipString(source);
}

function readScored(source: ByteSource, sink: ElementSink): void {
  for (let left = readLength(source); left > 0; left -= 1) {
    sink.part(readString(source));
    const { view, start } = source.take(8);
    sink.score(view.getFloat64(start, true));
    sink.endElement();
  }
}

function skipScored(source: ByteSource): void {
  for (let left = readLength(source); left > 0; left -= 1) {
    skipString(source);
    source.skip(8);
  }
}

/** Width of an integer, how many, the integers. */
function readIntset(source: ByteSource, sink: ElementSink): void {
  const { view, start } = readString(source);
  const width = view.getUint32(start, true);
  const count = view.getUint32(start + 4, true);
  for (let index = 0; index < count; index += 1) {
    const at = start + 8 + index * width;
    const value =
      width === 8 ? view.getBigInt64(at, true) : width === 4 ? view.getInt32(at, true) : view.getInt16(at, true);
    sink.part(spanOf(Buffer.from(String(value))));
    sink.endElement();
  }
}

function readPack(source: ByteSource, sink: ElementSink, parts: number): void {
  const pack = new ListpackReader(readString(source));
  while (!pack.atEnd) {
    for (let part = 0; part < parts; part += 1) sink.part(pack.next());
    sink.endElement();
  }
}

function readScoredPack(source: ByteSource, sink: ElementSink): void {
  const pack = new ListpackReader(readString(source));
  while (!pack.atEnd) {
    sink.part(pack.next());
    const { bytes, start, end } = pack.next();
    sink.score(parseScore(bytes.toString("latin1", start, end)));
    sink.endElement();
  }
}

function parseScore(text: string): number {
  if (text === "inf") return Infinity;
  return text === "-inf" ? -Infinity : Number(text);
}

/** A list's nodes: a listpack each, or one element that is too long for it. */
function readNodes(source: ByteSource, sink: ElementSink): void {
  for (let left = readLength(source); left > 0; left -= 1) {
    if (readLength(source) === NODE_PLAIN) readParts(source, sink);
    else readPack(source, sink, 1);
  }
}

function skipNodes(source: ByteSource): void {
  for (let left = readLength(source); left > 0; left -= 1) {
    readLength(source);
    skipString(source);
  }
}
