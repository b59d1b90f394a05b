import type { Bytes, CollectionType } from "../../operation.ts";
import { effect, pairs, unknownKey, type Captured, type Translation } from "../captured.ts";

const add =
  (type: CollectionType) =>
  (key: Bytes) =>
  ([cell, value]: readonly [Bytes, Bytes]): Captured =>
    effect({ kind: "add", key, type, cell, value });

const remove =
  (type: CollectionType): Translation =>
  ([key = "", ...cells]) =>
    cells.map((cell) => effect({ kind: "remove", key, type, cell }));

const increase =
  (type: "hash" | "zset", order: (first: Bytes, second: Bytes) => { cell: Bytes; by: Bytes }): Translation =>
  ([key = "", first = "", second = ""]) => [effect({ kind: "increase", key, type, ...order(first, second) })];

const hashSet: Translation = ([key = "", ...rest]) => pairs(rest).map(add("hash")(key));

const storesAtFirst: Translation = ([destination]) => unknownKey(destination);

const ZADD_WORDS = new Set(["NX", "XX", "GT", "LT", "CH", "INCR"]);

/** NX, XX, GT and LT travel verbatim, so which members changed is not known: each has to be looked up. */
const sortedSetAdd: Translation = ([key = "", ...rest]) => {
  const first = rest.findIndex((arg) => !ZADD_WORDS.has(arg.toUpperCase()));
  const words = rest.slice(0, first).map((word) => word.toUpperCase());
  const members = pairs(rest.slice(first));
  const conditional = words.some((word) => word !== "CH" && word !== "INCR");
  if (conditional) return members.map(([, cell]) => ({ kind: "unknown-cell", key, type: "zset", cell }));
  if (words.includes("INCR")) {
    return members.map(([by, cell]) => effect({ kind: "increase", key, type: "zset", cell, by }));
  }
  return members.map(([score, cell]) => add("zset")(key)([cell, score]));
};

export const collectionCommands: Readonly<Record<string, Translation>> = {
  hset: hashSet,
  hmset: hashSet,
  hsetnx: hashSet,
  hincrby: increase("hash", (cell, by) => ({ cell, by })),
  hdel: remove("hash"),
  sadd: ([key = "", ...members]) => members.map((member) => add("set")(key)([member, ""])),
  srem: remove("set"),
  smove: ([from = "", to = "", cell = ""]) => [
    effect({ kind: "remove", key: from, type: "set", cell }),
    add("set")(to)([cell, ""]),
  ],
  sunionstore: storesAtFirst,
  sinterstore: storesAtFirst,
  sdiffstore: storesAtFirst,
  zadd: sortedSetAdd,
  zincrby: increase("zset", (by, cell) => ({ cell, by })),
  zrem: remove("zset"),
  zpopmin: storesAtFirst,
  zpopmax: storesAtFirst,
  zremrangebyrank: storesAtFirst,
  zremrangebyscore: storesAtFirst,
  zremrangebylex: storesAtFirst,
  zunionstore: storesAtFirst,
  zinterstore: storesAtFirst,
  zdiffstore: storesAtFirst,
  zrangestore: storesAtFirst,
  geosearchstore: storesAtFirst,
};
