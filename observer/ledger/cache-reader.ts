import { Redis } from "ioredis";
import type { LedgerCache } from "../../contracts/ledger.ts";
import { messageOf } from "../../base/errors.ts";
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
  lastError: string | undefined;
};

type ReadOptions = {
  readonly cache: LedgerCache;
  readonly keyOf: (key: WriteKey) => string;
  readonly keys: Iterable<WriteKey>;
  readonly emit: (key: WriteKey, token: string | null) => void;
  readonly timeoutMs: number;
};

const batchSize = 500;
const ttlSamplesPerBatch = 10;
/** A failed batch is tried this often in all before its writes count as read errors. */
const attemptsMost = 3;

/** Reads every write back from one cache. Never throws for what the cache does: it is told in the reading. */
export async function readCache({ cache, keyOf, keys, emit, timeoutMs }: ReadOptions): Promise<CacheReading> {
  const reading: CacheReading = {
    present: 0,
    absent: 0,
    readErrors: 0,
    keysWithTtl: 0,
    evictionPolicy: undefined,
    counters: undefined,
    lastError: undefined,
  };
  const deadlineMs = performance.now() + timeoutMs;
  const connection = reconnecting(cache);
  const attempt = <T>(work: (redis: Redis) => Promise<T>): Promise<T | undefined> =>
    tryOften(connection, work, { deadlineMs, onError: (error) => (reading.lastError = messageOf(error)) });
  let reachable = true;
  try {
    for (const batch of batches(keys, batchSize)) {
      const found: Found | undefined = reachable
        ? await attempt((redis) => readBatch(redis, batch.map(keyOf)))
        : undefined;
      // What failed three times over is down: asking for each further batch would only take its time.
      reachable = found !== undefined;
      if (found) take(batch, found);
      else reading.readErrors += batch.length;
    }
    const info: string | undefined = reachable ? await attempt((redis) => redis.info()) : undefined;
    // Without the counters nobody can say that nothing was evicted.
    if (info === undefined) reading.readErrors = Math.max(1, reading.readErrors);
    reading.counters = info === undefined ? undefined : countersOf(info);
    reading.evictionPolicy = info === undefined ? undefined : infoField(info, "maxmemory_policy");
  } finally {
    connection.close();
  }
  return reading;

  function take(batch: readonly WriteKey[], found: Found): void {
    reading.keysWithTtl += found.keysWithTtl;
    for (const [at, key] of batch.entries()) {
      const token = found.tokens[at] ?? null;
      if (token === null) reading.absent += 1;
      else reading.present += 1;
      emit(key, token);
    }
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

type Connection = { use(): Promise<Redis>; drop(): void; close(): void };

function reconnecting(cache: LedgerCache): Connection {
  let current: Redis | undefined;
  const drop = (): void => {
    current?.disconnect();
    current = undefined;
  };
  return {
    async use() {
      if (current) return current;
      current = await connectionTo(cache);
      return current;
    },
    drop,
    close: drop,
  };
}

/** @throws what the cache says against it, such as a refused password, rather than that it then hung up */
async function connectionTo(cache: LedgerCache): Promise<Redis> {
  const redis = new Redis({
    host: cache.endpoint.host,
    port: cache.endpoint.port,
    username: cache.username,
    password: cache.password,
    ...(cache.endpoint.tls ? { tls: { servername: cache.endpoint.host } } : {}),
    lazyConnect: true,
    connectTimeout: 2000,
    commandTimeout: 5000,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let reason: Error | undefined;
  redis.on("error", (error: Error) => {
    reason ??= error;
  });
  try {
    await redis.connect();
    return redis;
  } catch (error) {
    redis.disconnect();
    throw reason ?? error;
  }
}

type TryOptions = { readonly deadlineMs: number; readonly onError: (error: unknown) => void };

async function tryOften<T>(
  connection: Connection,
  work: (redis: Redis) => Promise<T>,
  { deadlineMs, onError }: TryOptions,
): Promise<T | undefined> {
  for (let attempt = 1; attempt <= attemptsMost && performance.now() < deadlineMs; attempt += 1) {
    try {
      return await work(await connection.use());
    } catch (error) {
      onError(error);
      connection.drop();
    }
    await new Promise((resolve) => setTimeout(resolve, 100 * attempt));
  }
  return undefined;
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
