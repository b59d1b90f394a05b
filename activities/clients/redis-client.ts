import { Redis } from "ioredis";
import type { Endpoint } from "../../contracts/endpoint.ts";

export type RedisLogin = { readonly endpoint: Endpoint; readonly username: string; readonly password: string };

const TIMEOUT_MS = 1000;

/** One connection that never retries by itself, so that every wait is the caller's. */
async function connect(login: RedisLogin): Promise<Redis> {
  const redis = new Redis({
    host: login.endpoint.host,
    port: login.endpoint.port,
    username: login.username,
    password: login.password,
    ...(login.endpoint.tls ? { tls: { servername: login.endpoint.host } } : {}),
    lazyConnect: true,
    enableReadyCheck: false,
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  redis.on("error", () => undefined);
  try {
    await redis.connect();
    return redis;
  } catch (error) {
    redis.disconnect();
    throw error;
  }
}

/** Uses one connection for `work` and closes it in any case. */
export async function withRedis<T>(login: RedisLogin, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = await connect(login);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
