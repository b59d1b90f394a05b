import { mkdir } from "node:fs/promises";
import type { z } from "zod";
import type { Logger } from "../../base/log.ts";
import { createNdjsonGzWriter } from "../../base/ndjson.ts";
import { waitFor } from "../../base/waits.ts";
import type {
  ledgerResultSchema,
  LedgerSpec,
  ledgerStatusSchema,
  ReadBackRequest,
  readBackAnswerSchema,
} from "../../contracts/ledger.ts";
import { sha256OfFile } from "../digests.ts";
import type { StoredLedger } from "./stored-ledger.ts";
import { readBooks, writesFile, type WriterCounts } from "./books.ts";
import { readBackLedger } from "./read-back.ts";
import type { SeqBlocks } from "./seq-blocks.ts";
import { startWriter, type Writer } from "./writer.ts";

export type LedgerStatus = z.infer<typeof ledgerStatusSchema>;
export type LedgerResult = z.infer<typeof ledgerResultSchema>;

export type Ledger = {
  status(): Promise<LedgerStatus>;
  readBack(request: ReadBackRequest): Promise<z.infer<typeof readBackAnswerSchema>>;
  stop(): Promise<{ readonly status: LedgerStatus; readonly result: LedgerResult }>;
};

/** At most this much of the acknowledged writes is lost in a crash. */
const flushEveryMs = 250;

/** Starts the writers of a ledger, or goes on with the file of an earlier process. */
export async function openLedger(stored: StoredLedger, seqs: SeqBlocks, log: Logger): Promise<Ledger> {
  const { spec, origin } = stored;
  await mkdir(spec.outFolder, { recursive: true });
  const file = writesFile(spec);
  const lines = await createNdjsonGzWriter(file);
  const books = await readBooks(spec);
  if (books.lines === 0) lines.write(headerOf(stored));

  const originNs = BigInt(origin.monoNs);
  const nowUs = (): number => Number(process.hrtime.bigint() - originNs) / 1000;
  const writers = spec.writers.map((one) => {
    const book = books.of(one.name);
    return startWriter({
      spec: one,
      nowUs,
      nextSeq: () => {
        const seq = seqs.next(one.name);
        if (seq === undefined) return undefined;
        book.ranges.add(seq);
        book.counts.sent += 1;
        return seq;
      },
      record: (line) => {
        book.counts[line[5]] += 1;
        lines.write(line);
      },
    });
  });
  const flushing = setInterval(() => {
    lines.flush().catch((error: unknown) => {
      log.fatal({ error }, "the ledger's file takes no data");
      process.exit(1);
    });
  }, flushEveryMs);

  const statusAs = (state: LedgerStatus["state"]): LedgerStatus => ({
    id: stored.id,
    state,
    writers: spec.writers.map((one) => ({ ...books.of(one.name).counts })),
  });

  return {
    status: async () => statusAs("running"),
    async readBack(request) {
      const upToSeq = books.lastSeqs();
      await outcomesKnown(spec, writers, upToSeq);
      await lines.flush();
      return readBackLedger(stored, { books, upToSeq, request });
    },
    async stop() {
      await Promise.all(writers.map((writer) => writer.stop()));
      clearInterval(flushing);
      await lines.close();
      const writes = spec.writers.reduce((sum, one) => sum + recorded(books.of(one.name).counts), 0);
      return { status: statusAs("stopped"), result: { path: file, sha256: await sha256OfFile(file), writes } };
    },
  };
}

function recorded(counts: WriterCounts): number {
  return counts.ok + counts.fail + counts.unknown;
}

/** A write read as absent and acknowledged afterwards would count as lost: reading waits for the outcomes. */
async function outcomesKnown(
  spec: LedgerSpec,
  writers: readonly Writer[],
  upToSeq: Readonly<Record<string, number>>,
): Promise<void> {
  const isOpen = (writer: Writer, at: number): boolean => {
    const last = upToSeq[spec.writers[at]?.name ?? ""] ?? 0;
    return [...writer.openSeqs()].some((seq) => seq <= last);
  };
  const timeoutMs = Math.max(...spec.writers.map((one) => one.timeoutMs)) + 2000;
  await waitFor(() => !writers.some(isOpen), { what: "the outcomes of all writes", timeoutMs, intervalMs: 5 });
}

function headerOf({ spec, origin }: StoredLedger): unknown {
  // Without the headers of the writers' requests: they may carry a token.
  const writers = spec.writers.map(({ headers: _headers, ...writer }) => writer);
  return { schema: "lifeboat/writes/1", origin, keyPrefix: spec.keyPrefix, writers };
}
