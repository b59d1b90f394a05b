import path from "node:path";
import { z } from "zod";
import { readJson, writeFileAtomic } from "./files.ts";
import { newSecret } from "./ids.ts";

/** One bearer token per API, made at the first `up`, readable by the user alone. */
const credentialsSchema = z.object({
  arm: z.string(),
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

export async function loadOrCreateCredentials(home: string): Promise<Credentials> {
  const found = credentialsSchema.safeParse(await readJson(credentialsFile(home)));
  if (found.success) return found.data;
  const names = Object.keys(credentialsSchema.shape);
  const made = credentialsSchema.parse(Object.fromEntries(names.map((name) => [name, newSecret()])));
  await writeFileAtomic(credentialsFile(home), JSON.stringify(made, null, 2), 0o600);
  return made;
}
