import { Redis } from "ioredis";
import type { LedgerCache } from "../../contracts/ledger.ts";

/** What fails is tried this often in all. */
const attemptsMost = 3;

type Connection = { use(): Promise<Redis>; drop(): void; close(): void };

/** Connects when it is used, and anew after it was dropped. */
export function reconnecting(cache: LedgerCache): Connection {
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

/** Tries on a fresh connection each time; undefined when it never worked. Never throws for what the cache does. */
export async function tryOften<T>(
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
