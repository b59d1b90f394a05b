import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { readJson } from "../../base/files.ts";
import { identityOf, isAlive } from "../../base/processes.ts";

const ownerSchema = z.object({ pid: z.int(), startedAt: z.string() });
const ATTEMPTS = 5;

/** Makes this process the only supervisor of the home. Returns false when another one is alive. */
export async function takeLock(home: string): Promise<boolean> {
  const file = path.join(home, "run", "supervisor.lock");
  await mkdir(path.dirname(file), { recursive: true });
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    try {
      await writeFile(file, JSON.stringify(identityOf(process.pid)), { flag: "wx", mode: 0o600 });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const owner = ownerSchema.safeParse(await readJson(file).catch(() => undefined));
    if (owner.success && isAlive(owner.data)) return false;
    await rm(file, { force: true });
  }
  return false;
}
