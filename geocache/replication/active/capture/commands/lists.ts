import type { Bytes, Side } from "../../operation.ts";
import { effect, unknownKey, type Translation } from "../captured.ts";

const push =
  (side: Side): Translation =>
  ([key = "", ...values]) =>
    values.map((value) => effect({ kind: "push", key, side, value }));

const pops =
  (side: Side): Translation =>
  ([key = "", count = "1"]) => [{ kind: "pops", key, side, count: Number(count) }];

const changesInside: Translation = ([key]) => unknownKey(key);

export const listCommands: Readonly<Record<string, Translation>> = {
  lpush: push("left"),
  lpushx: push("left"),
  rpush: push("right"),
  rpushx: push("right"),
  lpop: pops("left"),
  rpop: pops("right"),
  rpoplpush: ([from = "", to = ""]) => [{ kind: "move", from, side: "right", to, toSide: "left" }],
  lmove: ([from = "", to = "", side = "", toSide = ""]) => [
    { kind: "move", from, side: sideOf(side), to, toSide: sideOf(toSide) },
  ],
  lrem: changesInside,
  ltrim: changesInside,
  lset: changesInside,
  linsert: changesInside,
};

function sideOf(word: Bytes): Side {
  return word.toUpperCase() === "LEFT" ? "left" : "right";
}
