import { Redis } from "ioredis";
import { withTimeout } from "../../base/waits.ts";
import type { Endpoint } from "../../contracts/endpoint.ts";
import { cacheUsers } from "./cache-host.ts";

export type AdminTarget = { readonly endpoint: Endpoint; readonly password: string };

/**
 * Lends an administrator's connection, past all links. One attempt; the bound covers connecting to a frozen
 * server too, which accepts and then stays silent. @throws TIMED_OUT, or what the connection or Redis said
 */
export async function withAdmin<T>(
  target: AdminTarget,
  timeoutMs: number,
  work: (redis: Redis) => Promise<T>,
): Promise<T> {
  const redis = new Redis({
    host: target.endpoint.host,
    port: target.endpoint.port,
    username: cacheUsers.admin,
    password: target.password,
    lazyConnect: true,
    enableReadyCheck: false,
    connectTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // Without a listener ioredis reports the same failure a second time on stderr.
  redis.on("error", () => undefined);
  const whole = redis.connect().then(() => work(redis));
  try {
    return await withTimeout(whole, timeoutMs, `redis at ${target.endpoint.host}:${target.endpoint.port}`);
  } finally {
    whole.catch(() => undefined);
    redis.disconnect();
  }
}

/** Whether the server answers an administrator. */
export async function answersPing(target: AdminTarget, timeoutMs: number): Promise<boolean> {
  return (await withAdmin(target, timeoutMs, (redis) => redis.ping())) === "PONG";
}
