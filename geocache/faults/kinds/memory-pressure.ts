import path from "node:path";
import type { Redis } from "ioredis";
import { LifeboatError, messageOf } from "../../../base/errors.ts";
import { withTimeout } from "../../../base/waits.ts";
import type { Fault } from "../../../contracts/fault.ts";
import { labCacheListSchema } from "../../../contracts/lab.ts";
import type { FaultContext, FaultHandler } from "../fault-kind.ts";
import { leaseFile, removeLease, writeLease } from "../members/lease-file.ts";
import { startDetached } from "../members/start-detached.ts";
import type { PressureUndo } from "../undo.ts";
import { countKeys, removeKeys, withRedis } from "./pressure-keys.ts";

type Pressure = Extract<Fault, { kind: "memory-pressure" }>;
type Context = FaultContext<Pressure, PressureUndo>;

const largestValueBytes = 64 * 1024;
const smallestValueBytes = 512;
const keysPerBatch = 64;
/** Buffers of this fault's own connection, which are given back when it ends. */
const ownBuffersBytes = 256 * 1024;
const fillTimeoutMs = 60_000;
const watchdog = path.join(import.meta.dirname, "pressure-watchdog.ts");

/** Fills a cache with keys of its own and takes exactly those away again. */
export const memoryPressure: FaultHandler<Pressure, PressureUndo> = {
  async prepare(id, fault, world) {
    const { caches } = await world.lab.call({ method: "GET", path: "/lab/caches", answer: labCacheListSchema });
    const cache = caches.find((one) => one.cache === fault.cache);
    if (!cache) throw new LifeboatError("NOT_FOUND", `no such cache: ${fault.cache}`);
    if (cache.maxmemoryBytes <= 0) throw new LifeboatError("CONFLICT", `cache ${fault.cache} has no maxmemory to fill`);
    return {
      type: "pressure",
      direct: cache.direct,
      username: cache.adminUsername,
      password: cache.adminPassword,
      maxmemoryBytes: cache.maxmemoryBytes,
      prefix: `lifeboat:pressure:${id}:`,
      count: 0,
    };
  },
  inject: (context) =>
    withRedis(context.undo, async (redis) => {
      await requireWritable(redis, context.fault.cache);
      await watch(context);
      return withTimeout(fill(redis, context), fillTimeoutMs, "filling");
    }),
  renew: ({ world, id, leaseEndsAtMonoNs }) => writeLease(world.leaseFolder, id, leaseEndsAtMonoNs),
  async lift({ undo, world, id }) {
    await unlessGone(undo, (redis) => removeKeys(redis, undo), undefined);
    await removeLease(world.leaseFolder, id);
  },
  verify: ({ undo, fault }) =>
    unlessGone(
      undo,
      async (redis) => {
        const left = await countKeys(redis, undo);
        return [
          { what: `${left} of ${undo.count} keys of the pressure are left in ${fault.cache}`, holds: left === 0 },
        ];
      },
      [{ what: `cache ${fault.cache} no longer runs, and the keys went with it`, holds: true }],
    ),
  settle: async () => {},
};

/** @throws CONFLICT for a secondary, which takes no writes but its primary's */
async function requireWritable(redis: Redis, cache: string): Promise<void> {
  if (/^role:master/m.test(await redis.info("replication"))) return;
  throw new LifeboatError("CONFLICT", `cache ${cache} is a secondary and takes no keys but its primary's`);
}

async function watch({ id, world, leaseEndsAtMonoNs }: Context): Promise<void> {
  await writeLease(world.leaseFolder, id, leaseEndsAtMonoNs);
  await startDetached(process.execPath, [watchdog, leaseFile(world.leaseFolder, id), world.recordFile, id]);
}

async function fill(redis: Redis, context: Context): Promise<string> {
  let undo = context.undo;
  const wantedBytes = undo.maxmemoryBytes * context.fault.fillRatio;
  const targetBytes = Math.min(undo.maxmemoryBytes, wantedBytes + ownBuffersBytes);
  for (;;) {
    const usedBytes = await usedMemory(redis);
    if (usedBytes >= targetBytes) return `${undo.count} keys, used_memory ${usedBytes} of ${undo.maxmemoryBytes} bytes`;
    const size = valueBytes(targetBytes - usedBytes);
    const keys = Math.min(keysPerBatch, Math.ceil((targetBytes - usedBytes) / size));
    const first = undo.count;
    undo = { ...undo, count: first + keys };
    await context.saveUndo(undo);
    if (!(await write(redis, undo, { first, size }))) {
      return `${undo.count} keys, refused as out of memory at used_memory ${usedBytes} of ${undo.maxmemoryBytes} bytes`;
    }
  }
}

function valueBytes(missingBytes: number): number {
  return Math.max(smallestValueBytes, Math.min(largestValueBytes, Math.floor(missingBytes / keysPerBatch)));
}

/** False when the cache refused the last of them for want of memory, which is what a full cache does. */
async function write(redis: Redis, undo: PressureUndo, batch: { first: number; size: number }): Promise<boolean> {
  const value = "x".repeat(batch.size);
  const pipeline = redis.pipeline();
  for (let n = batch.first; n < undo.count; n += 1) pipeline.set(`${undo.prefix}${n}`, value);
  const answers = (await pipeline.exec()) ?? [];
  const failure = answers.find(([error]) => error)?.[0];
  if (!failure) return true;
  if (failure.message.startsWith("OOM")) return false;
  throw failure;
}

async function usedMemory(redis: Redis): Promise<number> {
  const found = /^used_memory:(\d+)/m.exec(await redis.info("memory"));
  if (!found) throw new LifeboatError("UNAVAILABLE", "the cache does not tell its used_memory");
  return Number(found[1]);
}

/** A cache that refuses connections, or whose address has gone, took its keys along; one that is silent has not. */
async function unlessGone<T>(undo: PressureUndo, act: (redis: Redis) => Promise<T>, gone: T): Promise<T> {
  try {
    return await withRedis(undo, act);
  } catch (error) {
    if (/ECONNREFUSED|EHOSTUNREACH/.test(messageOf(error))) return gone;
    throw error;
  }
}
