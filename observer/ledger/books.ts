import path from "node:path";
import { LifeboatError } from "../../base/errors.ts";
import { eachNdjsonLine } from "../../base/ndjson.ts";
import { writeLineSchema, type LedgerSpec } from "../../contracts/ledger.ts";
import type { WriteKey } from "./cache-reader.ts";
import { createSeqRanges, type SeqRanges } from "./seq-ranges.ts";

export type WriterCounts = { readonly name: string; sent: number; ok: number; fail: number; unknown: number };
type Book = { readonly counts: WriterCounts; readonly ranges: SeqRanges };

/** What each writer has sent, and what became of it. */
export type Books = {
  /** Lines in the file when it was opened, header included. */
  readonly lines: number;
  of(writer: string): Book;
  /** Highest number sent, by writer; 0 before the first. */
  lastSeqs(): Record<string, number>;
  keys(writers: readonly string[], upToSeq: Readonly<Record<string, number>>): Generator<WriteKey>;
};

export function writesFile(spec: LedgerSpec): string {
  return path.join(spec.outFolder, "writes.ndjson.gz");
}

/** The books as the file tells them: empty, or what an earlier process of this ledger has written. */
export async function readBooks(spec: LedgerSpec): Promise<Books> {
  const used = new Map<string, number[]>();
  const counts = new Map<string, WriterCounts>();
  for (const { name } of spec.writers) {
    used.set(name, []);
    counts.set(name, { name, sent: 0, ok: 0, fail: 0, unknown: 0 });
  }
  let lines = 0;
  for await (const line of eachNdjsonLine(writesFile(spec))) {
    lines += 1;
    if (lines === 1) continue;
    const [writer, seq, , , , outcome] = writeLineSchema.parse(line);
    used.get(writer)?.push(seq);
    const counted = counts.get(writer);
    if (!counted) continue;
    counted.sent += 1;
    counted[outcome] += 1;
  }
  const books = new Map<string, Book>();
  for (const [name, counted] of counts) {
    books.set(name, { counts: counted, ranges: createSeqRanges(used.get(name) ?? []) });
  }
  return booksOf(books, lines);
}

function booksOf(books: ReadonlyMap<string, Book>, lines: number): Books {
  return {
    lines,
    of(writer) {
      const book = books.get(writer);
      if (!book) throw new LifeboatError("INTERNAL", `no book of writer ${writer}`);
      return book;
    },
    lastSeqs: () => Object.fromEntries([...books].map(([name, book]) => [name, book.ranges.last()])),
    *keys(writers, upToSeq) {
      for (const writer of writers) {
        for (const seq of books.get(writer)?.ranges.upTo(upToSeq[writer] ?? 0) ?? []) yield { writer, seq };
      }
    },
  };
}
