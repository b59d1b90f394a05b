import { setTimeout as sleep } from "node:timers/promises";
import type { ChainableCommander, Redis } from "ioredis";
import { stamp, type Stamp } from "../../base/clocks.ts";
import { newUlid } from "../../base/ids.ts";
import type { Place } from "../../scenarios/pair.ts";
import type { WritesSpec } from "../../scenarios/schema.ts";
import { cacheLogin } from "../clients/cache-access.ts";
import { withRedis } from "../clients/redis-client.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill } from "../drill-types.ts";
import { recordEvents } from "../recording/record.ts";

export type RegionWritesInput = {
  readonly drill: Drill;
  readonly writes: WritesSpec;
  readonly places: readonly Place[];
  /** Clients there write keys of their own as well: what is written there while nobody hears of it. */
  readonly lostRegion: string;
};

/** Written in the lost region only. */
export const LATE_KEY_PREFIX = "late:";
const BATCH_MS = 20;
const RECONNECT_MS = 250;

type Counts = {
  region: string;
  acknowledged: number;
  outOfMemory: number;
  failed: number;
  firstOutOfMemory: Stamp | null;
};

/**
 * Clients of each region write to their own member, straight, until they are stopped; what became of their writes is
 * noted at the end. A member that does not answer is tried again.
 */
export async function writeInRegions(deps: ActivityDeps, input: RegionWritesInput, signal: AbortSignal): Promise<void> {
  const { drill, places } = input;
  const startedAt = stamp();
  const counts = places.map(({ region }) => newCounts(region));
  await Promise.all(places.map((place, at) => writeIn(deps, input, { place, counts: counts[at] as Counts, signal })));
  await recordEvents(deps, drill, [
    {
      what: `region-writes:${newUlid()}`,
      type: "note",
      phase: "fault",
      target: null,
      data: { regionWrites: counts, startedAt, endedAt: stamp() },
    },
  ]);
  signal.throwIfAborted();
}

function newCounts(region: string): Counts {
  return { region, acknowledged: 0, outOfMemory: 0, failed: 0, firstOutOfMemory: null };
}

type Client = { readonly place: Place; readonly counts: Counts; readonly signal: AbortSignal };

async function writeIn(deps: ActivityDeps, input: RegionWritesInput, client: Client): Promise<void> {
  const { place, signal } = client;
  let n = 0;
  const pump = async (redis: Redis): Promise<void> => {
    const perBatch = (input.writes.ratePerSecond * BATCH_MS) / 1000;
    const startedAtMs = performance.now();
    for (let sent = 0; !signal.aborted;) {
      const due = Math.floor(((performance.now() - startedAtMs) / BATCH_MS) * perBatch);
      // Who cannot keep up leaves out what is more than a second late, as it would be if each user gave up.
      const count = Math.min(due - sent, input.writes.ratePerSecond);
      sent = due;
      if (count > 0) await send(redis, input, { client, from: n, count });
      n += Math.max(0, count);
      await sleep(BATCH_MS, undefined, { signal }).catch(() => undefined);
    }
  };
  while (!signal.aborted) {
    try {
      await withRedis(await cacheLogin(deps, place.region, place.cache), pump);
    } catch {
      client.counts.failed += 1;
      await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

type Batch = { readonly client: Client; readonly from: number; readonly count: number };

async function send(redis: Redis, input: RegionWritesInput, { client, from, count }: Batch): Promise<void> {
  const { counts, place } = client;
  const pipeline = redis.pipeline();
  for (let n = from; n < from + count; n += 1) addWrite(pipeline, input.writes, { n, region: place.region });
  if (place.region === input.lostRegion) pipeline.set(`${LATE_KEY_PREFIX}${place.region}:${from}`, "1");
  for (const [error] of (await pipeline.exec()) ?? []) {
    if (error === null) counts.acknowledged += 1;
    else if (error.message.startsWith("OOM")) {
      counts.outOfMemory += 1;
      counts.firstOutOfMemory ??= stamp();
    } else counts.failed += 1;
  }
}

function addWrite(
  to: ChainableCommander,
  writes: WritesSpec,
  at: { readonly n: number; readonly region: string },
): void {
  const { n, region } = at;
  // The regions go through the keys in the same order, so that they write the same ones at about the same time.
  const key = n % writes.keys;
  if (writes.commands === "set") to.set(`contested:${key}`, `${region}:${n}:`.padEnd(writes.valueBytes, "x"));
  else if (n % 2 === 0) to.zadd("board:world", n % 10_000, `player:${key}`);
  else to.zincrby("board:world", 1, `player:${key}`);
}
