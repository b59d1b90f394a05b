import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { readJson, writeFileAtomic } from "../base/files.ts";
import { oneAtATime } from "../base/one-at-a-time.ts";
import { stampSchema } from "../contracts/stamps.ts";

/** What outlives the process of every run, be it a session of probes or a ledger. */
export const storedRunSchema = z.object({
  id: z.string(),
  specDigest: z.string(),
  origin: stampSchema,
});
export type RunStore<Stored> = {
  load(id: string): Promise<Stored | undefined>;
  save(stored: Stored): Promise<void>;
  all(): Promise<Stored[]>;
};

/** A file per run. What is no run of this kind, whatever it is, counts as absent. */
export function createRunStore<Stored extends { readonly id: string }>(
  folder: string,
  schema: z.ZodType<Stored>,
): RunStore<Stored> {
  /** An older state must never replace a newer one. */
  const inOrder = oneAtATime();
  const fileOf = (id: string): string => path.join(folder, `${id}.json`);
  async function load(id: string): Promise<Stored | undefined> {
    const found = schema.safeParse(await readJson(fileOf(id)));
    return found.success ? found.data : undefined;
  }
  return {
    load,
    save: (stored) => inOrder(() => writeFileAtomic(fileOf(stored.id), JSON.stringify(stored, null, 2))),
    async all() {
      await mkdir(folder, { recursive: true });
      const names = (await readdir(folder)).filter((name) => name.endsWith(".json"));
      const found = await Promise.all(names.map((name) => load(name.slice(0, -".json".length))));
      return found.filter((stored) => stored !== undefined);
    },
  };
}
