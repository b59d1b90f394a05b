import { readFileSync } from "node:fs";
import path from "node:path";
import type { SecretNames } from "../secrets.ts";

const template = readFileSync(path.join(import.meta.dirname, "library.lua"), "utf8");

/**
 * The functions by which a syncer writes: each checks that its caller still owns the member, and does everything that
 * belongs together in one step. `allow-oom`, because a full member could otherwise neither log nor trim (measured.md H).
 */
export function librarySource(names: SecretNames): string {
  const { library, state, marker, pulse } = names;
  const words: Readonly<Record<string, string>> = { ...names.functions, library, state, marker, channel: pulse };
  return template.replace(/\{\{(\w+)\}\}/g, (_, word: string) => {
    const name = words[word];
    if (name === undefined) throw new Error(`the library asks for an unknown name: ${word}`);
    return name;
  });
}
