import { Redis } from "ioredis";
import type { PressureUndo } from "../undo.ts";

const removedPerBatch = 500;
const commandTimeoutMs = 5000;

/** Takes exactly the keys of one pressure away. A cache that has become a secondary lost them with its data. */
export async function removeKeys(redis: Redis, undo: PressureUndo): Promise<void> {
  for (const keys of batches(undo)) {
    await redis.unlink(...keys).catch((error: Error) => {
      if (!error.message.startsWith("READONLY")) throw error;
    });
  }
}

export async function countKeys(redis: Redis, undo: PressureUndo): Promise<number> {
  let left = 0;
  for (const keys of batches(undo)) left += await redis.exists(...keys);
  return left;
}

function* batches(undo: PressureUndo): Generator<string[]> {
  for (let first = 0; first < undo.count; first += removedPerBatch) {
    const size = Math.min(removedPerBatch, undo.count - first);
    yield Array.from({ length: size }, (_, at) => `${undo.prefix}${first + at}`);
  }
}

/** Lends an administrator's connection past all links. @throws what the connection said */
export async function withRedis<T>(undo: PressureUndo, act: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({
    host: undo.direct.host,
    port: undo.direct.port,
    username: undo.username,
    password: undo.password,
    ...(undo.direct.tls ? { tls: {} } : {}),
    lazyConnect: true,
    connectTimeout: commandTimeoutMs,
    commandTimeout: commandTimeoutMs,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  let lost: unknown;
  redis.on("error", (error) => {
    lost = error;
  });
  try {
    await redis.connect();
    return await act(redis);
  } catch (error) {
    throw lost ?? error;
  } finally {
    redis.disconnect();
  }
}
