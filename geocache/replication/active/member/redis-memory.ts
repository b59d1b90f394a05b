import type { RedisClient } from "../store/redis-client.ts";

type RedisMemory = {
  readonly usedBytes: number;
  readonly rssBytes: number;
  /** What redis compares with maxmemory: used_memory without the buffers of its replicas. */
  readonly countedBytes: number;
  readonly maxmemoryBytes: number;
};

export async function readMemory(redis: RedisClient): Promise<RedisMemory> {
  const fields = new Map(
    String(await redis.call("INFO", "memory"))
      .split("\r\n")
      .map((line) => line.split(":"))
      .map(([name = "", value = ""]) => [name, value] as const),
  );
  const bytes = (name: string): number => Number(fields.get(name) ?? "0");
  const usedBytes = bytes("used_memory");
  return {
    usedBytes,
    rssBytes: bytes("used_memory_rss"),
    countedBytes: usedBytes - bytes("mem_not_counted_for_evict"),
    maxmemoryBytes: bytes("maxmemory"),
  };
}
