import type { ElementSink } from "../digest/key-digest.ts";
import { spanOf, type ByteSource, type Span } from "./byte-source.ts";
import { ListpackReader } from "./listpack.ts";
import { readLength, readString, skipString } from "./rdb-strings.ts";

const DELETED = 1;
const SAME_FIELDS = 2;
const ID_BYTES = 16;
const TIME_BYTES = 8;

/** Of the format; what each added stands in `skipTrailer`. */
type Version = 1 | 2 | 3;

/** The entries that a client sees. Consumer groups are a region's own and passed over, as is the last id. */
export function readStream(source: ByteSource, sink: ElementSink, version: Version): void {
  for (let nodes = readLength(source); nodes > 0; nodes -= 1) {
    const { view, start } = readString(source);
    const first = { ms: view.getBigUint64(start), seq: view.getBigUint64(start + 8) };
    readNode(new ListpackReader(readString(source)), first, sink);
  }
  skipTrailer(source, version);
}

export function skipStream(source: ByteSource, version: Version): void {
  for (let strings = readLength(source) * 2; strings > 0; strings -= 1) skipString(source);
  skipTrailer(source, version);
}

type EntryId = { readonly ms: bigint; readonly seq: bigint };

/** Counts of entries and of deleted ones, the fields that most entries share, then the entries. */
function readNode(pack: ListpackReader, first: EntryId, sink: ElementSink): void {
  pack.nextNumber();
  pack.nextNumber();
  const shared = Array.from({ length: Number(pack.nextNumber()) }, () => pack.next());
  pack.nextNumber();
  while (!pack.atEnd) readEntry(pack, { first, shared }, sink);
}

function readEntry(pack: ListpackReader, node: { first: EntryId; shared: readonly Span[] }, sink: ElementSink): void {
  const flags = Number(pack.nextNumber());
  const ms = node.first.ms + BigInt(pack.nextNumber());
  const seq = node.first.seq + BigInt(pack.nextNumber());
  const fields = (flags & SAME_FIELDS) !== 0 ? node.shared : undefined;
  const count = fields?.length ?? Number(pack.nextNumber());
  const deleted = (flags & DELETED) !== 0;
  if (!deleted) sink.part(spanOf(Buffer.from(`${ms}-${seq}`)));
  for (let index = 0; index < count; index += 1) {
    const field = fields?.[index] ?? pack.next();
    const value = pack.next();
    if (deleted) continue;
    sink.part(field);
    sink.part(value);
  }
  if (!deleted) sink.endElement();
  pack.nextNumber();
}

function skipTrailer(source: ByteSource, version: Version): void {
  // Length and last id; then the first id, the greatest deleted one, and how many were ever added.
  skipLengths(source, version === 1 ? 3 : 8);
  for (let groups = readLength(source); groups > 0; groups -= 1) {
    skipString(source);
    skipLengths(source, version === 1 ? 2 : 3);
    skipPending(source);
    skipConsumers(source, version);
  }
}

function skipPending(source: ByteSource): void {
  for (let pending = readLength(source); pending > 0; pending -= 1) {
    source.skip(ID_BYTES + TIME_BYTES);
    readLength(source);
  }
}

function skipConsumers(source: ByteSource, version: Version): void {
  for (let consumers = readLength(source); consumers > 0; consumers -= 1) {
    skipString(source);
    source.skip(version === 3 ? 2 * TIME_BYTES : TIME_BYTES);
    source.skip(readLength(source) * ID_BYTES);
  }
}

function skipLengths(source: ByteSource, count: number): void {
  for (let left = count; left > 0; left -= 1) readLength(source);
}
