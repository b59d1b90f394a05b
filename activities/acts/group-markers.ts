import type { Redis } from "ioredis";
import { elapsedMs, stamp, type Stamp } from "../../base/clocks.ts";
import { newUlid } from "../../base/ids.ts";
import { waitFor } from "../../base/waits.ts";
import type { Place } from "../../scenarios/pair.ts";
import { cacheLogin } from "../clients/cache-access.ts";
import { withRedis } from "../clients/redis-client.ts";
import type { ActivityDeps } from "../deps.ts";
import type { DelayBounds } from "./marker.ts";

/** Markers that outlive a failed look go by themselves. */
const MARKER_TTL_S = 300;

/**
 * Writes a marker at every member and looks for it at all others. As each member's operations arrive in their order,
 * everything that was written before has arrived once all markers have. Bounds of the slowest in ms. @throws TIMED_OUT
 */
export async function followMarkers(
  deps: ActivityDeps,
  members: readonly Place[],
  by: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<DelayBounds> {
  const id = newUlid();
  const keys = members.map(({ cache }) => `lifeboat:marker:${id}:${cache}`);
  const everywhere = (what: string, work: (redis: Redis, at: number) => Promise<boolean>): Promise<Stamp[]> =>
    Promise.all(
      members.map(async ({ cache, region }, at) => {
        const once = async (): Promise<boolean> =>
          withRedis(await cacheLogin(deps, region, cache), (redis) => work(redis, at));
        await waitFor(once, { what: `${what} at ${cache}`, intervalMs: 10, ...by });
        return stamp();
      }),
    );
  const sentAt = stamp();
  await everywhere("a marker to be set", async (redis, at) => {
    await redis.set(keys[at] ?? "", "1", "EX", MARKER_TTL_S);
    return true;
  });
  const arrived = await everywhere(
    "all markers to arrive",
    async (redis) => (await redis.exists(...keys)) === keys.length,
  );
  await everywhere("its marker to be removed", async (redis, at) => (await redis.del(keys[at] ?? "")) >= 0);
  return { loMs: 0, hiMs: Math.max(...arrived.map((at) => elapsedMs(sentAt, at))) };
}
