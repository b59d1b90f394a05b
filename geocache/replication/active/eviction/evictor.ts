import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../../../../base/log.ts";
import { messageOf } from "../../../../base/errors.ts";
import type { EvictionPolicy } from "../member/eviction-policy.ts";
import { RedisClient, type RedisTarget } from "../store/redis-client.ts";

const script = readFileSync(path.join(import.meta.dirname, "evict.lua"), "utf8");

/** Clients' keys; in the other database the log lies, which is never evicted. */
const DATABASE = 0;
/** Of maxmemory, as the real service begins (rules.md 4c). */
const BEGINS_AT = 0.8;
/** The server serves nobody else meanwhile: about twenty microseconds for each (measured on two busy cores). */
const KEYS_PER_CALL = 50;
const LOOK_EVERY_MS = 20;
const BETWEEN_CALLS_MS = 2;
/** Nothing is left to evict, or redis does not answer. */
const AGAIN_AFTER_MS = 500;

type EvictorInput = {
  readonly redis: RedisTarget;
  readonly policy: EvictionPolicy;
  readonly maxmemoryBytes: number;
  /** Only what is captured may go: not while a member takes over the group's data. */
  readonly mayEvict: () => boolean;
  readonly log: Logger;
  readonly signal: AbortSignal;
};

/** Whether the syncer evicts under this policy, and not redis: redis would evict the log as well. */
export function evictsItself(policy: EvictionPolicy): boolean {
  return policy.startsWith("allkeys-");
}

/** Evicts from a full member by its policy until the signal comes. Bounded in each call, and by nothing as a whole. */
export async function runEvictor(input: EvictorInput): Promise<void> {
  let redis: RedisClient | undefined;
  while (!input.signal.aborted) {
    try {
      redis ??= await RedisClient.connect(input.redis, DATABASE);
      await sleep(input.mayEvict() ? await evictOnce(redis, input) : LOOK_EVERY_MS);
    } catch (error) {
      input.log.warn({ reason: messageOf(error) }, "eviction waits for its redis");
      redis?.close();
      redis = undefined;
      await sleep(AGAIN_AFTER_MS);
    }
  }
  redis?.close();
}

/** Returns how long to wait before the next call, in milliseconds. */
async function evictOnce(redis: RedisClient, { policy, maxmemoryBytes }: EvictorInput): Promise<number> {
  const limitBytes = Math.floor(maxmemoryBytes * BEGINS_AT);
  const { evicted, excessBytes } = await evict(redis, { policy, limitBytes });
  if (excessBytes === 0) return LOOK_EVERY_MS;
  return evicted === 0 ? AGAIN_AFTER_MS : BETWEEN_CALLS_MS;
}

type Eviction = { readonly policy: EvictionPolicy; readonly limitBytes: number };

/** One bounded call. */
export async function evict(
  redis: RedisClient,
  { policy, limitBytes }: Eviction,
): Promise<{ evicted: number; excessBytes: number }> {
  const reply = await redis.call("EVAL", script, "0", policy, String(limitBytes), String(KEYS_PER_CALL));
  const [evicted, excessBytes] = Array.isArray(reply) ? reply.map(Number) : [];
  return { evicted: evicted ?? 0, excessBytes: excessBytes ?? 0 };
}
