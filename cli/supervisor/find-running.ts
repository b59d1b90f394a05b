import { z } from "zod";
import { readJson } from "../../base/files.ts";
import { isAlive, type ProcessIdentity } from "../../base/processes.ts";
import { readRegistration, type Registration } from "../../base/registration.ts";
import { launchFile } from "./launch.ts";

const launchedSchema = z.object({ pid: z.int(), startedAt: z.string() });

export type Running = {
  readonly identity: ProcessIdentity;
  /** Undefined until the process has registered itself. */
  readonly registration: Registration | undefined;
};

/** The live process of that name: by its own registration, else by the note made when it was started. */
export async function findRunning(home: string, name: string): Promise<Running | undefined> {
  const registration = await readRegistration(home, name);
  if (registration && isAlive(registration)) {
    return { identity: { pid: registration.pid, startedAt: registration.startedAt }, registration };
  }
  const launched = launchedSchema.safeParse(await readJson(launchFile(home, name)).catch(() => undefined));
  if (!launched.success || !isAlive(launched.data)) return undefined;
  return { identity: launched.data, registration: undefined };
}
