import { rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { readJson, writeFileAtomic } from "./files.ts";
import { isAlive } from "./processes.ts";
import { LifeboatError } from "./errors.ts";

/** What each running process writes about itself to `<home>/run/<name>.json`. */
const registrationSchema = z.object({
  name: z.string(),
  pid: z.number().int(),
  startedAt: z.string(),
  /** Base address of its HTTP API; null for processes that serve none (worker, supervisor). */
  url: z.string().nullable(),
  logFile: z.string().nullable(),
});
export type Registration = z.infer<typeof registrationSchema>;

export function registrationFile(home: string, name: string): string {
  return path.join(home, "run", `${name}.json`);
}

export async function register(home: string, registration: Registration): Promise<void> {
  await writeFileAtomic(registrationFile(home, registration.name), JSON.stringify(registration, null, 2));
}

export async function unregister(home: string, name: string): Promise<void> {
  await rm(registrationFile(home, name), { force: true });
}

/** The last registration under that name, whether or not its process still lives. */
export async function readRegistration(home: string, name: string): Promise<Registration | undefined> {
  const found = registrationSchema.safeParse(await readJson(registrationFile(home, name)).catch(() => undefined));
  return found.success ? found.data : undefined;
}

/** The address of a live process. @throws UNAVAILABLE when it is not running. */
export async function serviceUrl(home: string, name: string): Promise<string> {
  const found = await readRegistration(home, name);
  if (found?.url && isAlive(found)) return found.url;
  throw new LifeboatError("UNAVAILABLE", `${name} is not running`, { hint: "bin/lifeboat up" });
}
