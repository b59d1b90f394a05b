import type { Bytes } from "../../operation.ts";
import { effect, unknownKey, type Translation } from "../captured.ts";

/** Field names and values of an entry as one value: each with its length before it. */
export function packFields(fields: readonly Bytes[]): Bytes {
  return fields.map((field) => `${field.length}:${field}`).join("");
}

export function unpackFields(packed: Bytes): Bytes[] {
  const fields: Bytes[] = [];
  for (let at = 0; at < packed.length;) {
    const colon = packed.indexOf(":", at);
    const end = colon + 1 + Number(packed.slice(at, colon));
    fields.push(packed.slice(colon + 1, end));
    at = end;
  }
  return fields;
}

/** The id is the real one (measured.md G). An addition that trims as well leaves a stream that has to be read. */
const add: Translation = ([key = "", ...rest]) => {
  const trims = /^(MAXLEN|MINID)$/i.test(rest[0] ?? "");
  if (trims) return unknownKey(key);
  const [id = "", ...fields] = rest[0]?.toUpperCase() === "NOMKSTREAM" ? rest.slice(1) : rest;
  return [effect({ kind: "add", key, type: "stream", cell: id, value: packFields(fields) })];
};

const ignored: Translation = () => [];

/** Consumer groups stay within their region: what a group has read and acknowledged does not travel. */
export const streamCommands: Readonly<Record<string, Translation>> = {
  xadd: add,
  xdel: ([key = "", ...ids]) => ids.map((cell) => effect({ kind: "remove", key, type: "stream", cell })),
  xtrim: ([key]) => unknownKey(key),
  xgroup: ignored,
  xclaim: ignored,
  xautoclaim: ignored,
  xack: ignored,
  xsetid: ignored,
};
