import { elapsedMs, stamp } from "../../base/clocks.ts";
import { newUlid } from "../../base/ids.ts";
import { waitFor } from "../../base/waits.ts";
import { cacheLogin } from "../clients/cache-access.ts";
import { withRedis } from "../clients/redis-client.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Pair } from "../../scenarios/pair.ts";

export type DelayBounds = { readonly loMs: number; readonly hiMs: number };

/**
 * How long a write on the primary takes to the secondary: a marker is written and looked for. As replication keeps
 * the order, everything written before the marker is there once it is. Bounds in ms. @throws TIMED_OUT
 */
export async function followMarker(deps: ActivityDeps, pair: Pair, timeoutMs: number): Promise<DelayBounds> {
  const [near, far] = await Promise.all([
    cacheLogin(deps, pair.primary.region, pair.primary.cache),
    cacheLogin(deps, pair.secondary.region, pair.secondary.cache),
  ]);
  const key = `lifeboat:marker:${newUlid()}`;
  return withRedis(near, (primary) =>
    withRedis(far, async (secondary) => {
      const sentAt = stamp();
      await primary.set(key, "1");
      const writtenAt = stamp();
      let lastAbsentAskedAt = sentAt;
      try {
        const seenAt = await waitFor(
          async () => {
            const askedAt = stamp();
            if ((await secondary.exists(key)) === 1) return stamp();
            lastAbsentAskedAt = askedAt;
            return undefined;
          },
          { what: `a marker to reach ${pair.secondary.cache}`, timeoutMs, intervalMs: 1 },
        );
        // The write took effect between sentAt and writtenAt; it was absent at a reading asked at lastAbsentAskedAt.
        return { loMs: Math.max(0, elapsedMs(writtenAt, lastAbsentAskedAt)), hiMs: elapsedMs(sentAt, seenAt) };
      } finally {
        await primary.del(key).catch(() => undefined);
      }
    }),
  );
}
