import type { Redis } from "ioredis";
import { messageOf } from "../../base/errors.ts";
import type { Pair } from "../../scenarios/pair.ts";
import { cacheLogin } from "../clients/cache-access.ts";
import { withRedis } from "../clients/redis-client.ts";
import type { ActivityDeps } from "../deps.ts";
import { LEDGER_KEY_PREFIX } from "../observation/start-observation.ts";
import type { EventDraft } from "../recording/record.ts";

const PAGE = "1000";

/**
 * What the returning cache alone holds, before linking replaces its data (P17): writes that reached an old primary and
 * never its secondary. A look that fails is noted as such; it keeps nothing from going on.
 */
export async function whatWillBeDiscarded(deps: ActivityDeps, pair: Pair): Promise<EventDraft> {
  const { primary, secondary } = pair;
  const base = {
    what: `discarded:${secondary.cache}`,
    type: "note",
    phase: "rejoin",
    target: secondary.cache,
  } as const;
  try {
    const [old, now] = await Promise.all([
      cacheLogin(deps, secondary.region, secondary.cache),
      cacheLogin(deps, primary.region, primary.cache),
    ]);
    const found = await withRedis(old, (from) => withRedis(now, (to) => compare(from, to)));
    return { ...base, data: { discarded: { cache: secondary.cache, comparedWith: primary.cache, ...found } } };
  } catch (error) {
    return { ...base, data: { discarded: { cache: secondary.cache, unknown: messageOf(error) } } };
  }
}

async function compare(from: Redis, to: Redis): Promise<{ ledgerWrites: number; onlyThere: number }> {
  let [cursor, ledgerWrites, onlyThere] = ["0", 0, 0];
  do {
    const [next, keys] = await from.scan(cursor, "MATCH", `${LEDGER_KEY_PREFIX}*`, "COUNT", PAGE);
    cursor = next;
    ledgerWrites += keys.length;
    if (keys.length > 0) onlyThere += keys.length - (await to.exists(...keys));
  } while (cursor !== "0");
  return { ledgerWrites, onlyThere };
}
