import { effect, unknownKey, type Translation } from "../captured.ts";

const deleteMany: Translation = (keys) => keys.map((key) => ({ kind: "deletion", key, unlessAnnounced: "client" }));

const rename: Translation = ([from = "", to]) => [
  effect({ kind: "del", key: from, cause: "client" }),
  ...unknownKey(to),
];

export const keyCommands: Readonly<Record<string, Translation>> = {
  del: deleteMany,
  unlink: deleteMany,
  pexpireat: ([key = "", atMs]) => [effect({ kind: "expire", key, atMs: Number(atMs) })],
  persist: ([key = ""]) => [effect({ kind: "persist", key })],
  rename,
  renamenx: rename,
  copy: ([, to]) => unknownKey(to),
  sort: (args) => unknownKey(args[args.findIndex((arg) => arg.toUpperCase() === "STORE") + 1]),
};
