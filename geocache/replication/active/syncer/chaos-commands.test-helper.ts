import fc from "fast-check";

/** A redis command; arguments that begin with "@" are keys of the history. */
export type Command = readonly string[];

const field = fc.constantFrom("f0", "f1", "f2");
const value = fc.nat(99).map((number) => `v${number}`);
const small = fc.integer({ min: -4, max: 9 }).map(String);
const score = fc.constantFrom("1", "2.5", "-3", "40");
const farMs = fc.integer({ min: 100_000, max: 200_000 }).map(String);
const soonMs = fc.integer({ min: 5, max: 60 }).map(String);
const end = fc.constantFrom("LEFT", "RIGHT");
const key = (...names: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...names.map((name) => `@${name}`));
const command = (...parts: readonly (string | fc.Arbitrary<string>)[]): fc.Arbitrary<Command> =>
  fc.tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part) : part)));

const string = key("s0", "s1");
const number = key("n0", "n1");
const hash = key("h0", "h1");
const set = key("t0", "t1");
const sorted = key("z0", "z1");
const list = key("l0", "l1");
const any = key("k0", "k1");
const expiring = key("s0", "h0", "t0", "l0", "z0", "e0");

const strings = [
  command("SET", string, value),
  command("SET", string, value, "PX", farMs),
  command("SET", string, value, "KEEPTTL"),
  command("SET", string, value, "NX"),
  command("MSET", "@s0", value, "@s1", value),
  command("GETDEL", string),
  command("APPEND", string, "x"),
  command("SETRANGE", string, "2", "yy"),
  command("RENAME", "@s0", "@s1"),
  command("COPY", "@s0", "@s1", "REPLACE"),
  command("SETBIT", "@b0", "7", "1"),
  command("BITFIELD", "@b0", "INCRBY", "u8", "8", "3"),
  command("PFADD", "@p0", value),
];
const numbers = [
  command("INCRBY", number, small),
  command("DECR", number),
  command("SET", number, small),
  command("INCRBYFLOAT", number, "1"),
  command("DEL", number),
];
const hashes = [
  command("HSET", hash, field, value, field, value),
  command("HSETNX", hash, field, value),
  command("HDEL", hash, field),
  command("HSET", "@g0", field, small),
  command("HINCRBY", "@g0", field, small),
  command("HINCRBYFLOAT", "@g0", field, "0.5"),
  command("HDEL", "@g0", field),
];
const sets = [
  command("SADD", set, value, field),
  command("SREM", set, field),
  command("SPOP", set),
  command("SPOP", set, "2"),
  command("SMOVE", "@t0", "@t1", field),
  command("SUNIONSTORE", "@t0", "@t0", "@t1"),
  command("SINTERSTORE", "@t1", "@t0", "@t1"),
];
const sortedSets = [
  command("ZADD", sorted, score, field),
  command("ZADD", sorted, "GT", score, field),
  command("ZADD", sorted, "XX", score, field),
  command("ZINCRBY", sorted, small, field),
  command("ZINCRBY", sorted, "0.1", field),
  command("ZREM", sorted, field),
  command("ZPOPMIN", sorted),
  command("ZUNIONSTORE", "@z0", "2", "@z0", "@z1"),
  command("ZREMRANGEBYRANK", sorted, "0", "0"),
];
const lists = [
  command("RPUSH", list, value),
  command("LPUSH", list, value, value),
  command("LPOP", list),
  command("RPOP", list, "2"),
  command("LMOVE", "@l0", "@l1", end, end),
  command("LMOVE", "@l1", "@l1", end, end),
  command("LTRIM", list, "0", "3"),
  command("LREM", list, "0", value),
  command("LSET", list, "0", value),
  command("LINSERT", list, "BEFORE", value, value),
  command("BLPOP", list, "0.005"),
  command("BLMOVE", "@l0", "@l1", "LEFT", "RIGHT", "0.005"),
];
const streams = [
  command("XADD", "@x0", "*", field, value),
  command("XADD", "@x0", "MAXLEN", "3", "*", field, value),
  command("XTRIM", "@x0", "MAXLEN", "2"),
  command("XADD", "@x1", fc.constantFrom("5-1", "5-2", "6-1"), field, value),
  command("XDEL", "@x1", fc.constantFrom("5-1", "5-2", "6-1")),
];
const lifetimes = [
  command("PEXPIRE", expiring, farMs),
  command("PERSIST", expiring),
  command("SET", "@e0", value, "PX", soonMs),
  command("PEXPIRE", key("e0", "h1"), soonMs),
  command("SADD", "@e1", value),
  command("PEXPIRE", "@e1", soonMs),
  command("DEL", key("s0", "h0", "t0", "t1", "z0", "l0", "l1", "x0", "x1", "g0")),
  command("UNLINK", set, string),
];
/** Keys whose type members may disagree about. */
const types = [
  command("SET", any, small),
  command("INCR", any),
  command("SADD", any, field),
  command("HSET", any, field, value),
  command("RPUSH", any, value),
  command("ZADD", any, score, field),
  command("LPOP", any),
  command("DEL", any),
];
/** What can be counted exactly afterwards: see `Tally`. */
const ADD_BOTH = "redis.call('INCR', KEYS[1]) redis.call('SADD', KEYS[2], ARGV[1])";
const exact = [
  command("INCRBY", key("c0", "c1"), small),
  command("SADD", "@a0", value),
  command("HINCRBY", "@hc0", field, small),
  command("ZINCRBY", "@zc0", small, field),
  command("EVAL", ADD_BOTH, "2", "@c0", "@a0", value),
];

const oneOf = (commands: readonly fc.Arbitrary<Command>[]): fc.Arbitrary<Command> => fc.oneof(...commands);

export const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  ...[strings, numbers, hashes, sets, sortedSets, lists, streams, lifetimes, types].map(oneOf),
  { weight: 2, arbitrary: oneOf(exact) },
);

/** What the answered commands add up to where nothing but additions touches a key. */
export class Tally {
  readonly #sums = new Map<string, number>();
  readonly #added = new Map<string, Set<string>>();

  count([name = "", first = "", second = "", third = "", ...rest]: Command): void {
    if (name === "EVAL") {
      this.#sum(third, 1);
      this.#add(rest[0] ?? "", rest[1] ?? "");
    } else if (name === "INCRBY" && first.startsWith("@c")) this.#sum(first, Number(second));
    else if (name === "HINCRBY" && first === "@hc0") this.#sum(`${first} ${second}`, Number(third));
    else if (name === "ZINCRBY" && first === "@zc0") this.#sum(`${first} ${third}`, Number(second));
    else if (name === "SADD" && first === "@a0") this.#add(first, second);
  }

  /** Key, or key and field → what it must show. */
  get sums(): ReadonlyMap<string, number> {
    return this.#sums;
  }

  get added(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#added;
  }

  #sum(name: string, by: number): void {
    this.#sums.set(name, (this.#sums.get(name) ?? 0) + by);
  }

  #add(name: string, member: string): void {
    this.#added.set(name, (this.#added.get(name) ?? new Set()).add(member));
  }
}
