import type { Bytes, DeletionCause } from "../operation.ts";
import type { RedisClient } from "../store/redis-client.ts";

const EXPIRED = "__keyevent@0__:expired";
const EVICTED = "__keyevent@0__:evicted";
const CHECK_CHANNEL = "removal-causes-check";

/**
 * Tells a client's DEL from redis's own: in the stream all look alike, but redis announces what it expired or evicted,
 * and its announcements are on their way before the stream shows the deletion.
 */
export class RemovalCauses {
  readonly #announced = new Map<Bytes, DeletionCause[]>();
  readonly #redis: RedisClient;

  private constructor(redis: RedisClient) {
    this.#redis = redis;
  }

  static async listen(redis: RedisClient): Promise<RemovalCauses> {
    const causes = new RemovalCauses(redis);
    await redis.subscribe([EXPIRED, EVICTED], (channel, key) => {
      const known = causes.#announced.get(key) ?? [];
      causes.#announced.set(key, [...known, channel === EXPIRED ? "expired" : "evicted"]);
    });
    return causes;
  }

  /** Afterwards everything that was announced before the call is known. */
  async catchUp(): Promise<void> {
    await this.#redis.call("PING", CHECK_CHANNEL);
  }

  /** The cause of one deletion that the stream showed; each announcement explains one. */
  take(key: Bytes): DeletionCause {
    const known = this.#announced.get(key);
    const cause = known?.shift();
    if (known?.length === 0) this.#announced.delete(key);
    return cause ?? "client";
  }
}
