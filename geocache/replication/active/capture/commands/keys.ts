import type { Bytes } from "../../operation.ts";
import { DATA_DATABASE } from "../../secrets.ts";
import { effect, unknownKey, type Translation } from "../captured.ts";

const deleteMany: Translation = (keys) => keys.map((key) => ({ kind: "deletion", key, unlessAnnounced: "client" }));

const rename: Translation = ([from = "", to]) => [
  effect({ kind: "del", key: from, cause: "client" }),
  ...unknownKey(to),
];

/** Into another database it changes nothing of the group's; the last DB counts. */
const copy: Translation = ([, to, ...options]) => {
  const at = options.findLastIndex((option) => option.toUpperCase() === "DB");
  return at === -1 || Number(options[at + 1]) === DATA_DATABASE ? unknownKey(to) : [];
};

/** How many words belong to an option: what stands there may be spelled like one. */
const SORT_OPTION_WORDS: ReadonlyMap<string, number> = new Map([
  ["BY", 1],
  ["GET", 1],
  ["LIMIT", 2],
  ["STORE", 1],
]);

const sort: Translation = ([, ...options]) => {
  let destination: Bytes | undefined;
  for (let at = 0; at < options.length; at += 1) {
    const option = (options[at] ?? "").toUpperCase();
    if (option === "STORE") destination = options[at + 1];
    at += SORT_OPTION_WORDS.get(option) ?? 0;
  }
  return unknownKey(destination);
};

export const keyCommands: Readonly<Record<string, Translation>> = {
  del: deleteMany,
  unlink: deleteMany,
  pexpireat: ([key = "", atMs]) => [effect({ kind: "expire", key, atMs: Number(atMs) })],
  persist: ([key = ""]) => [effect({ kind: "persist", key })],
  rename,
  renamenx: rename,
  copy,
  sort,
};
