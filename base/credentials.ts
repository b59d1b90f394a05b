import { createHmac } from "node:crypto";
import { link, rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { readJson, writeFileAtomic } from "./files.ts";
import { newSecret } from "./ids.ts";

/** One bearer token per API, made at the first `up`, readable by the user alone. */
const credentialsSchema = z.object({
  /** The owner of the caches may do everything; an operator only what destroys nothing. */
  arm: z.string(),
  armOperator: z.string(),
  lab: z.string(),
  keeper: z.string(),
  network: z.string(),
  observer: z.string(),
  ledger: z.string(),
  recorder: z.string(),
  routing: z.string(),
});
export type Credentials = z.infer<typeof credentialsSchema>;

export function credentialsFile(home: string): string {
  return path.join(home, "credentials.json");
}

/** Of processes that start together on a new home, one makes the tokens and all of them read the same ones. */
export async function loadOrCreateCredentials(home: string): Promise<Credentials> {
  const file = credentialsFile(home);
  const found = credentialsSchema.safeParse(withNewer(await readJson(file)));
  if (found.success) return found.data;
  const names = Object.keys(credentialsSchema.shape);
  const made = Object.fromEntries(names.map((name) => [name, newSecret()]));
  const candidate = `${file}.${newSecret()}`;
  await writeFileAtomic(candidate, JSON.stringify(made, null, 2), 0o600);
  // A hard link fails when the name is taken: whoever comes second reads what the first one wrote.
  await link(candidate, file).catch(ignoreExisting);
  await rm(candidate, { force: true });
  return credentialsSchema.parse(await readJson(file));
}

/**
 * A home that was made before some token was needed lacks it. It is derived from one that is there, so that every
 * process arrives at the same without writing.
 */
function withNewer(stored: unknown): unknown {
  const known = z.looseObject({ lab: z.string() }).safeParse(stored);
  if (!known.success) return stored;
  const derived = Object.keys(credentialsSchema.shape).map((name) => [
    name,
    createHmac("sha256", known.data.lab).update(name).digest("hex"),
  ]);
  return { ...Object.fromEntries(derived), ...known.data };
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}
