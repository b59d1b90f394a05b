import type { Bytes, DeletionCause } from "../operation.ts";
import type { RedisClient } from "../store/redis-client.ts";

const EXPIRED = "__keyevent@0__:expired";
const EVICTED = "__keyevent@0__:evicted";
const CHECK_CHANNEL = "removal-causes-check";
const KEPT_MS = 10_000;

type Announcement = { readonly cause: DeletionCause; readonly atMs: number };

/**
 * Tells a client's DEL from redis's own: in the stream all look alike, but redis announces what it expired or evicted,
 * and its announcements are on their way before the stream shows the deletion.
 */
export class RemovalCauses {
  readonly #announced = new Map<Bytes, Announcement[]>();
  readonly #redis: RedisClient;

  private constructor(redis: RedisClient) {
    this.#redis = redis;
  }

  static async listen(redis: RedisClient): Promise<RemovalCauses> {
    const causes = new RemovalCauses(redis);
    await redis.subscribe([EXPIRED, EVICTED], (channel, key) => {
      const known = causes.#announced.get(key) ?? [];
      const cause = channel === EXPIRED ? "expired" : "evicted";
      causes.#announced.set(key, [...known, { cause, atMs: performance.now() }]);
    });
    return causes;
  }

  /** Afterwards everything that was announced before the call is known. */
  async catchUp(): Promise<void> {
    await this.#redis.call("PING", CHECK_CHANNEL);
    this.#forgetOld();
  }

  /** Some explain nothing: the key had to be read as a whole. They must not explain a client's deletion later. */
  #forgetOld(): void {
    const sinceMs = performance.now() - KEPT_MS;
    for (const [key, known] of this.#announced) {
      const recent = known.filter(({ atMs }) => atMs >= sinceMs);
      if (recent.length === 0) this.#announced.delete(key);
      else if (recent.length < known.length) this.#announced.set(key, recent);
    }
  }

  /** The cause of one deletion that the stream showed; each announcement explains one. undefined: it was not announced. */
  take(key: Bytes): DeletionCause | undefined {
    const known = this.#announced.get(key);
    const cause = known?.shift()?.cause;
    if (known?.length === 0) this.#announced.delete(key);
    return cause;
  }
}
