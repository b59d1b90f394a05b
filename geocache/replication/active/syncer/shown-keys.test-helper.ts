import type { Redis } from "ioredis";

type ShownKey = { readonly type: string; readonly expiresAtMs: number; readonly content: readonly unknown[] };
/** Key without its prefix → what a client sees there. */
export type Shown = Readonly<Record<string, ShownKey>>;

/** All of it at one moment, order ignored where redis has none. */
const SHOW = `
local shown = {}
for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do
  local kind, content = redis.call('TYPE', key).ok, {}
  if kind == 'string' then content = { redis.call('GET', key) }
  elseif kind == 'list' then content = redis.call('LRANGE', key, 0, -1)
  elseif kind == 'set' then content = redis.call('SMEMBERS', key)
  elseif kind == 'hash' then
    local pairs_of = redis.call('HGETALL', key)
    for at = 1, #pairs_of, 2 do content[#content + 1] = pairs_of[at] .. '=' .. pairs_of[at + 1] end
  elseif kind == 'zset' then content = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  elseif kind == 'stream' then content = redis.call('XRANGE', key, '-', '+') end
  shown[#shown + 1] = { string.sub(key, #ARGV[1] + 1), kind, redis.call('PEXPIRETIME', key), content }
end
return shown`;

type Row = [name: string, type: string, expiresAtMs: number, content: unknown[]];

export async function showKeys(client: Redis, prefix: string): Promise<Shown> {
  // What the script returns
  const rows = (await client.call("EVAL_RO", SHOW, "0", prefix)) as Row[];
  const sorted = rows.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    sorted
      .filter(([, type]) => type !== "none")
      .map(([name, type, expiresAtMs, content]) => [
        name,
        { type, expiresAtMs, content: type === "set" || type === "hash" ? content.map(String).toSorted() : content },
      ]),
  );
}
