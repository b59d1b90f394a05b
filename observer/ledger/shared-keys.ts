import type { Redis } from "ioredis";
import { stamp } from "../../base/clocks.ts";
import type { CounterReading } from "../../contracts/ledger.ts";
import type { WriteKey } from "./cache-reader.ts";

/** A set and the writes that were sent to it. */
export type SetKeys = { readonly key: string; readonly writes: readonly WriteKey[] };
type SetReading = {
  /** Of each write: what the set holds of it. */
  readonly tokens: readonly (string | null)[];
  readonly strangers: number;
};

const SCAN_COUNT = 500;

/** Reads a set without holding up the cache. Members are `<writer>:<seq>:<token>`. */
export async function readSet(redis: Redis, { key, writes }: SetKeys): Promise<SetReading> {
  const tokens = new Map<string, string>();
  const strangers = new Set<string>();
  const lastOf = lastSeqs(writes);
  let cursor = "0";
  do {
    const [next, members] = await redis.sscan(key, cursor, "COUNT", SCAN_COUNT);
    for (const member of members) {
      const [, writer, seq, token] = /^([^:]+):(\d+):(.+)$/.exec(member) ?? [];
      const last = lastOf.get(writer ?? "");
      const name = `${writer}:${Number(seq)}`;
      if (last === undefined || token === undefined || tokens.get(name) !== undefined) strangers.add(member);
      // One of a later number was sent after the reading had been begun, and is the next reading's.
      else if (Number(seq) <= last) tokens.set(name, token);
    }
    cursor = next;
  } while (cursor !== "0");
  const found = writes.map(({ writer, seq }) => {
    const name = `${writer}:${seq}`;
    const token = tokens.get(name) ?? null;
    tokens.delete(name);
    return token;
  });
  return { tokens: found, strangers: strangers.size + tokens.size };
}

function lastSeqs(writes: readonly WriteKey[]): Map<string, number> {
  const last = new Map<string, number>();
  for (const { writer, seq } of writes) last.set(writer, Math.max(seq, last.get(writer) ?? 0));
  return last;
}

/** What a counter shows; absent ones show 0. The value is what it was at some instant between the two stamps. */
export async function readCounter(redis: Redis, key: string): Promise<CounterReading> {
  const notBefore = stamp();
  const text = await redis.get(key);
  const value = text === null ? 0 : Number(text);
  return { key, value: Number.isFinite(value) ? value : null, notBefore, notAfter: stamp() };
}
