import { messageOf } from "../../base/errors.ts";
import { withTimeout } from "../../base/waits.ts";
import type { InstanceHealth } from "../../contracts/front-door.ts";
import type { Caches } from "./caches.ts";

/** Shorter than the front door waits for the whole answer. */
const ANSWER_WITHIN_MS = 250;
const NEVER_THERE = "lifeboat:health";

/**
 * Uses the cache as a user's write does and changes nothing: removing a key that is not there wants the right to
 * write and a server that is no replica, is refused by none for want of memory, and reaches no other member.
 */
export async function cacheHealth(caches: Caches, cache: string | undefined): Promise<InstanceHealth> {
  if (cache === undefined) return { cache: null, takesWrites: false, detail: "no table gives this region a cache" };
  try {
    await withTimeout(caches.client(cache).del(NEVER_THERE), ANSWER_WITHIN_MS, `an answer of cache ${cache}`);
    return { cache, takesWrites: true, detail: null };
  } catch (error) {
    return { cache, takesWrites: false, detail: messageOf(error) };
  }
}
