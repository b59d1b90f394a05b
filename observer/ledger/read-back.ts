import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import type { z } from "zod";
import { stamp, type Stamp } from "../../base/clocks.ts";
import { createNdjsonGzWriter } from "../../base/ndjson.ts";
import type { LedgerCache, LedgerSpec, ReadBackRequest, readBackAnswerSchema } from "../../contracts/ledger.ts";
import { sha256OfFile } from "../digests.ts";
import { readCache, type CacheReading } from "./cache-reader.ts";
import { confoundersOf } from "./confounders.ts";
import type { Books } from "./books.ts";
import type { StoredLedger } from "./stored-ledger.ts";

type Answer = z.infer<typeof readBackAnswerSchema>;
type CacheAnswer = Answer["reads"][number];
type Confounders = CacheAnswer["confounders"];

type ReadBackOptions = {
  readonly request: ReadBackRequest;
  readonly books: Books;
  /** Highest number read, by writer; every write up to it must have its outcome. */
  readonly upToSeq: Readonly<Record<string, number>>;
};

type Begun = ReadBackOptions & { readonly begun: Stamp };

/** Reads all writes back from every cache at once. An unreachable cache gives read errors, not an error. */
export async function readBackLedger(ledger: StoredLedger, options: ReadBackOptions): Promise<Answer> {
  const begun = stamp();
  const reads = options.request.caches.map((cache) => readBackCache(cache, ledger, { ...options, begun }));
  return { reads: await Promise.all(reads) };
}

/** The header comes first in the file but is known last: gzip members may simply be joined. */
async function readBackCache(cache: LedgerCache, ledger: StoredLedger, options: Begun): Promise<CacheAnswer> {
  const { request, books, upToSeq, begun } = options;
  const { outFolder, keyPrefix } = ledger.spec;
  const stored = whatIsStored(ledger.spec);
  const file = path.join(outFolder, `reads.${request.label}.${cache.cache}.ndjson.gz`);
  const body = `${file}.body`;
  await Promise.all([rm(file, { force: true }), rm(body, { force: true })]);
  const lines = await createNdjsonGzWriter(body);
  const reading = await readCache({
    cache,
    keys: books.keys(stored.strings, upToSeq),
    sets: [...stored.sets].map(([key, writers]) => ({ key, writes: [...books.keys(writers, upToSeq)] })),
    counters: [...stored.counters.keys()],
    keyOf: ({ writer, seq }) => `${keyPrefix}${writer}:${seq}`,
    emit: ({ writer, seq }, token) => lines.write([writer, seq, token]),
    timeoutMs: request.timeoutMs,
  }).finally(() => lines.close());
  const confounders = confoundersOf(reading, ledger.baselines[cache.cache], ledger.writerRestarts);
  const header = await createNdjsonGzWriter(file);
  header.write({
    schema: "lifeboat/reads/1",
    label: request.label,
    cache: cache.cache,
    origin: begun,
    upToSeq: withLines(upToSeq, stored),
    ...whatShared(reading, stored),
    ...whatConfounds(reading, confounders),
  });
  await header.close();
  await pipeline(createReadStream(body), createWriteStream(file, { flags: "a" }));
  await rm(body);
  const { present, absent } = reading;
  return { cache: cache.cache, path: file, sha256: await sha256OfFile(file), present, absent, confounders };
}

/** Which writer's writes are found where. */
type Stored = {
  readonly strings: readonly string[];
  /** Writers by the key that they share. */
  readonly sets: ReadonlyMap<string, readonly string[]>;
  readonly counters: ReadonlyMap<string, readonly string[]>;
};

function whatIsStored({ writers }: LedgerSpec): Stored {
  const sharing = (kind: "set" | "counter"): Map<string, string[]> => {
    const byKey = new Map<string, string[]>();
    for (const { name, stores } of writers) {
      if (stores?.kind === kind) byKey.set(stores.key, [...(byKey.get(stores.key) ?? []), name]);
    }
    return byKey;
  };
  const strings = writers.filter(({ stores }) => (stores?.kind ?? "string") === "string").map(({ name }) => name);
  return { strings, sets: sharing("set"), counters: sharing("counter") };
}

/** One write to a counter cannot be told from another: only their sum is read. */
function withLines(upToSeq: Readonly<Record<string, number>>, { counters }: Stored): Record<string, number> {
  const summed = new Set([...counters.values()].flat());
  return Object.fromEntries(Object.entries(upToSeq).filter(([writer]) => !summed.has(writer)));
}

function whatShared({ strangers, shown }: CacheReading, { sets, counters }: Stored): object {
  return { ...(sets.size > 0 ? { strangers } : {}), ...(counters.size > 0 ? { shown } : {}) };
}

function whatConfounds(reading: CacheReading, confounders: Confounders): object {
  return { confounders, counters: reading.counters ?? null, lastError: reading.lastError ?? null };
}
