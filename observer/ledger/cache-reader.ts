import type { Redis } from "ioredis";
import { messageOf } from "../../base/errors.ts";
import type { CounterReading, LedgerCache } from "../../contracts/ledger.ts";
import { reconnecting, tryOften } from "./cache-connection.ts";
import { readCounter, readSet, type SetKeys } from "./shared-keys.ts";
import type { CacheCounters } from "./stored-ledger.ts";

export type WriteKey = { readonly writer: string; readonly seq: number };
export type CacheReading = {
  present: number;
  absent: number;
  /** Writes that could not be read: neither present nor absent. */
  readErrors: number;
  /** Of the keys looked at: with a time to live, which the ledger's keys must not have. */
  keysWithTtl: number;
  evictionPolicy: string | undefined;
  counters: CacheCounters | undefined;
  /** Members of sets that no writer has sent. */
  strangers: number;
  shown: CounterReading[];
  lastError: string | undefined;
};

type ReadOptions = {
  readonly cache: LedgerCache;
  readonly keyOf: (key: WriteKey) => string;
  readonly keys: Iterable<WriteKey>;
  readonly emit: (key: WriteKey, token: string | null) => void;
  readonly sets: readonly SetKeys[];
  readonly counters: readonly string[];
  readonly timeoutMs: number;
};

const batchSize = 500;
const ttlSamplesPerBatch = 10;

/** Reads every write back from one cache. Never throws for what the cache does: it is told in the reading. */
export async function readCache(options: ReadOptions): Promise<CacheReading> {
  const reading: CacheReading = {
    present: 0,
    absent: 0,
    readErrors: 0,
    keysWithTtl: 0,
    evictionPolicy: undefined,
    counters: undefined,
    strangers: 0,
    shown: [],
    lastError: undefined,
  };
  const deadlineMs = performance.now() + options.timeoutMs;
  const connection = reconnecting(options.cache);
  let reachable = true;
  async function attempt<T>(work: (redis: Redis) => Promise<T>): Promise<T | undefined> {
    // What failed three times over is down: asking for everything else would only take its time.
    if (!reachable) return undefined;
    const onError = (error: unknown): void => {
      reading.lastError = messageOf(error);
    };
    const found = await tryOften(connection, work, { deadlineMs, onError });
    reachable = found !== undefined;
    return found;
  }
  try {
    await readStrings(options, reading, attempt);
    await readSets(options, reading, attempt);
    await readSums(options, reading, attempt);
    const info = await attempt((redis) => redis.info());
    // Without the counters nobody can say that nothing was evicted.
    if (info === undefined) reading.readErrors = Math.max(1, reading.readErrors);
    reading.counters = info === undefined ? undefined : countersOf(info);
    reading.evictionPolicy = info === undefined ? undefined : infoField(info, "maxmemory_policy");
  } finally {
    connection.close();
  }
  return reading;
}

/** Undefined: the cache could not be asked. */
type Attempt = <T>(work: (redis: Redis) => Promise<T>) => Promise<T | undefined>;

async function readStrings(options: ReadOptions, reading: CacheReading, attempt: Attempt): Promise<void> {
  for (const batch of batches(options.keys, batchSize)) {
    const found = await attempt((redis) => readBatch(redis, batch.map(options.keyOf)));
    if (found) reading.keysWithTtl += found.keysWithTtl;
    take(batch, found?.tokens, { options, reading });
  }
}

async function readSets(options: ReadOptions, reading: CacheReading, attempt: Attempt): Promise<void> {
  for (const set of options.sets) {
    const found = await attempt((redis) => readSet(redis, set));
    reading.strangers += found?.strangers ?? 0;
    take(set.writes, found?.tokens, { options, reading });
  }
}

async function readSums(options: ReadOptions, reading: CacheReading, attempt: Attempt): Promise<void> {
  for (const key of options.counters) {
    const shown = await attempt((redis) => readCounter(redis, key));
    if (shown) reading.shown.push(shown);
    else reading.readErrors += 1;
  }
}

type Taking = { readonly options: ReadOptions; readonly reading: CacheReading };

function take(writes: readonly WriteKey[], tokens: readonly (string | null)[] | undefined, to: Taking): void {
  if (!tokens) to.reading.readErrors += writes.length;
  for (const [at, token] of (tokens ?? []).entries()) {
    to.reading[token === null ? "absent" : "present"] += 1;
    to.options.emit(writes[at] as WriteKey, token);
  }
}

/** The counters of one cache now, or undefined when it does not tell them in time. */
export async function readCounters(cache: LedgerCache): Promise<CacheCounters | undefined> {
  const connection = reconnecting(cache);
  try {
    const deadlineMs = performance.now() + 5000;
    const info = await tryOften(connection, (redis) => redis.info(), { deadlineMs, onError: () => undefined });
    return info === undefined ? undefined : countersOf(info);
  } finally {
    connection.close();
  }
}

type Found = { readonly tokens: readonly (string | null)[]; readonly keysWithTtl: number };

async function readBatch(redis: Redis, keys: readonly string[]): Promise<Found> {
  const tokens = await redis.mget(...keys);
  const present = keys.filter((_key, at) => tokens[at] !== null).slice(0, ttlSamplesPerBatch);
  const lives = await Promise.all(present.map((key) => redis.pttl(key)));
  return { tokens, keysWithTtl: lives.filter((lifeMs) => lifeMs >= 0).length };
}

function countersOf(info: string): CacheCounters {
  return {
    runId: infoField(info, "run_id") ?? "",
    expiredKeys: Number(infoField(info, "expired_keys") ?? 0),
    evictedKeys: Number(infoField(info, "evicted_keys") ?? 0),
  };
}

function infoField(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1];
}

function* batches<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
