import { readFileSync } from "node:fs";
import path from "node:path";
import type { SecretNames } from "../secrets.ts";
import type { RedisClient } from "./redis-client.ts";

const template = readFileSync(path.join(import.meta.dirname, "library.lua"), "utf8");

/** Loads the functions unless they are there: a full redis refuses to load any. */
export async function loadLibrary(redis: RedisClient, names: SecretNames): Promise<void> {
  const source = librarySource(names);
  const found = await redis.call("FUNCTION", "LIST", "LIBRARYNAME", names.library, "WITHCODE");
  const [library] = Array.isArray(found) ? found : [];
  if (Array.isArray(library) && library.includes(source)) return;
  await redis.call("FUNCTION", "LOAD", "REPLACE", source);
}

/**
 * The functions by which a syncer writes: each checks that its caller still owns the member, and does everything that
 * belongs together in one step. `allow-oom`, because a full member could otherwise neither log nor trim (measured.md H).
 */
function librarySource(names: SecretNames): string {
  const { library, state, marker, pulse } = names;
  const words: Readonly<Record<string, string>> = { ...names.functions, library, state, marker, pulse_key: pulse };
  return template.replace(/\{\{(\w+)\}\}/g, (_, word: string) => {
    const name = words[word];
    if (name === undefined) throw new Error(`the library asks for an unknown name: ${word}`);
    return name;
  });
}
