import { unpackFields } from "../capture/commands/streams.ts";
import type { Bytes, Cell, CollectionType, Effect, KeyType, Ttl } from "../operation.ts";
import type { Change } from "../rules/change.ts";

export type Command = readonly Bytes[];

/** Not redis's own: done by the apply function, because an entry can come before others that are there. */
const INSERT_ENTRY = "INSERTENTRY";
/** Sets a list anew and keeps its time to live; done by the apply function. */
const REPLACE_LIST = "REPLACELIST";

const CELLS_PER_COMMAND = 500;

/** The commands that carry a change out. */
export function commandsFor(change: Change): Command[] {
  switch (change.kind) {
    case "apply":
      return commandsForEffect(change.effect);
    case "put-cell":
      return addCells(change.key, change.type, [change]);
    case "drop-cell":
      return [removeCell(change.key, change.type, change.cell)];
    case "put-string":
      return [setString(change.key, change.value, change.ttl)];
    case "put-collection":
      return [
        ["UNLINK", change.key],
        ...addCells(change.key, change.type, change.cells),
        ...setTtl(change.key, change.ttl),
      ];
    case "put-list":
      return putList(change.key, change.values, change.ttl);
    case "put-ttl":
      return setTtl(change.key, change.ttl);
    case "delete":
      return [["UNLINK", change.key]];
  }
}

function commandsForEffect(effect: Effect): Command[] {
  switch (effect.kind) {
    case "set":
      return [setString(effect.key, effect.value, effect.ttl)];
    case "incr":
      return [["INCRBY", effect.key, effect.by]];
    case "del":
      return [["UNLINK", effect.key]];
    case "expire":
      return [["PEXPIREAT", effect.key, String(effect.atMs)]];
    case "persist":
      return [["PERSIST", effect.key]];
    case "add":
      return addCells(effect.key, effect.type, [effect]);
    case "increase":
      return [
        effect.type === "hash"
          ? ["HINCRBY", effect.key, effect.cell, effect.by]
          : ["ZINCRBY", effect.key, effect.by, effect.cell],
      ];
    case "remove":
      return [removeCell(effect.key, effect.type, effect.cell)];
    case "push":
      return [[effect.side === "left" ? "LPUSH" : "RPUSH", effect.key, effect.value]];
    case "pop":
      return [["LREM", effect.key, effect.side === "left" ? "1" : "-1", effect.value]];
    case "state":
      return [["UNLINK", effect.key], ...addContent(effect), ...setTtl(effect.key, effect.ttl)];
  }
}

function addContent(effect: Extract<Effect, { kind: "state" }>): Command[] {
  if (effect.type !== "list") return addCells(effect.key, effect.type, effect.cells);
  return inParts(effect.cells.map(({ value }) => value)).map((values) => ["RPUSH", effect.key, ...values]);
}

const ADD_WORDS: Readonly<Record<Exclude<CollectionType, "stream">, Bytes>> = {
  set: "SADD",
  hash: "HSET",
  zset: "ZADD",
};

function addCells(key: Bytes, type: CollectionType, cells: readonly Cell[]): Command[] {
  if (type === "stream") return cells.map(({ cell, value }) => [INSERT_ENTRY, key, cell, ...unpackFields(value)]);
  return inParts(cells).map((part) => [ADD_WORDS[type], key, ...part.flatMap((cell) => argumentsOf(type, cell))]);
}

function argumentsOf(type: KeyType, { cell, value }: Cell): Bytes[] {
  if (type === "set") return [cell];
  return type === "hash" ? [cell, value] : [value, cell];
}

const REMOVE_WORDS: Readonly<Record<CollectionType, Bytes>> = {
  set: "SREM",
  hash: "HDEL",
  zset: "ZREM",
  stream: "XDEL",
};

function removeCell(key: Bytes, type: CollectionType, cell: Bytes): Command {
  return [REMOVE_WORDS[type], key, cell];
}

function setString(key: Bytes, value: Bytes, ttl: Ttl): Command {
  if (ttl.kind === "none") return ["SET", key, value];
  return ttl.kind === "keep" ? ["SET", key, value, "KEEPTTL"] : ["SET", key, value, "PXAT", String(ttl.atMs)];
}

function putList(key: Bytes, values: readonly Bytes[], ttl: Ttl): Command[] {
  if (ttl.kind === "keep") return [[REPLACE_LIST, key, ...values]];
  return [["UNLINK", key], ...inParts(values).map((part) => ["RPUSH", key, ...part]), ...setTtl(key, ttl)];
}

function setTtl(key: Bytes, ttl: Ttl): Command[] {
  if (ttl.kind === "keep") return [];
  return [ttl.kind === "none" ? ["PERSIST", key] : ["PEXPIREAT", key, String(ttl.atMs)]];
}

function inParts<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / CELLS_PER_COMMAND) }, (_, index) =>
    items.slice(index * CELLS_PER_COMMAND, (index + 1) * CELLS_PER_COMMAND),
  );
}
