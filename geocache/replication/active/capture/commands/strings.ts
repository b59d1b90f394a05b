import type { Bytes, Ttl } from "../../operation.ts";
import { effect, pairs, unknownKey, type Translation } from "../captured.ts";

const NO_TTL: Ttl = { kind: "none" };

/** Time to live comes as PXAT (measured.md G); conditions (NX, XX) and GET have done their work and are dropped. */
const set: Translation = (args) => {
  const ttl = args.length === 2 ? NO_TTL : ttlOf(args.slice(2));
  return [effect({ kind: "set", key: args[0] ?? "", value: args[1] ?? "", ttl })];
};

const setMany: Translation = (args) =>
  pairs(args).map(([key, value]) => effect({ kind: "set", key, value, ttl: { kind: "none" } }));

const increase =
  (sign: "" | "-"): Translation =>
  ([key = "", by = "1"]) => [effect({ kind: "incr", key, by: String(BigInt(sign + "1") * BigInt(by)) })];

/** They change part of a value: the whole value is what travels, the last writer wins. */
const changesPart: Translation = ([key]) => unknownKey(key);

export const stringCommands: Readonly<Record<string, Translation>> = {
  set,
  getset: set,
  setnx: set,
  mset: setMany,
  msetnx: setMany,
  incr: increase(""),
  incrby: increase(""),
  decr: increase("-"),
  decrby: increase("-"),
  append: changesPart,
  setrange: changesPart,
  setbit: changesPart,
  bitfield: changesPart,
  pfadd: changesPart,
  pfmerge: changesPart,
  bitop: ([, destination]) => unknownKey(destination),
};

function ttlOf(options: readonly Bytes[]): Ttl {
  const words = options.map((option) => option.toUpperCase());
  if (words.includes("KEEPTTL")) return { kind: "keep" };
  const at = words.indexOf("PXAT");
  return at === -1 ? { kind: "none" } : { kind: "at", atMs: Number(options[at + 1]) };
}
