import { rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { readJson, writeFileAtomic } from "../../base/files.ts";
import { identityOf } from "../../base/processes.ts";

/** A command that needs the processes for as long as it, or the drill it started, is running. */
const holderSchema = z.object({ pid: z.int(), startedAt: z.string(), drillId: z.string().nullable() });
export type Holder = z.infer<typeof holderSchema>;

/**
 * `<home>/up`: that the processes are wanted. `kept` is what `lifeboat up` asks for; without it they are wanted
 * only by their holders, and the supervisor takes everything down once the last of them is done.
 */
const intentSchema = z.object({ kept: z.boolean(), holders: z.array(holderSchema) });
export type Intent = z.infer<typeof intentSchema>;

function intentFile(home: string): string {
  return path.join(home, "up");
}

/** What is wanted; undefined when nothing is to run. */
export async function readIntent(home: string): Promise<Intent | undefined> {
  const found = intentSchema.safeParse(await readJson(intentFile(home)).catch(() => undefined));
  return found.success ? found.data : undefined;
}

async function writeIntent(home: string, intent: Intent): Promise<void> {
  await writeFileAtomic(intentFile(home), JSON.stringify(intent, null, 2));
}

export async function clearIntent(home: string): Promise<void> {
  await rm(intentFile(home), { force: true });
}

export async function keepUp(home: string): Promise<void> {
  const intent = await readIntent(home);
  await writeIntent(home, { kept: true, holders: intent?.holders ?? [] });
}

/** Says that this process, and later its drill, needs the processes. */
export async function hold(home: string, drillId: string | null): Promise<void> {
  const intent = await readIntent(home);
  const others = (intent?.holders ?? []).filter((holder) => holder.pid !== process.pid);
  const self = { pid: process.pid, startedAt: identityOf(process.pid)?.startedAt ?? "", drillId };
  await writeIntent(home, { kept: intent?.kept ?? false, holders: [...others, self] });
}

/** Takes holders out. Returns whether the processes are still wanted by anyone. */
export async function releaseHolders(home: string, done: (holder: Holder) => boolean): Promise<boolean> {
  const intent = await readIntent(home);
  if (!intent) return false;
  const left = intent.holders.filter((holder) => !done(holder));
  if (left.length !== intent.holders.length) await writeIntent(home, { ...intent, holders: left });
  return intent.kept || left.length > 0;
}
