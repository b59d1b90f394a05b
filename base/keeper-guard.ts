import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync, closeSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { readJson } from "./files.ts";
import { projectRoot } from "./paths.ts";
import { identityOf, isAlive } from "./processes.ts";
import { readRegistration } from "./registration.ts";
import { waitFor } from "./waits.ts";

/** By its path alone: nothing of the keeper is known here. */
const keeperMain = path.join(projectRoot, "geocache", "faults", "main.ts");
const lookMs = 500;
const startTimeoutMs = 10_000;
const identitySchema = z.object({ pid: z.number(), startedAt: z.string() });

type KeeperGuard = { stop(): Promise<void> };

/**
 * Looks twice a second whether the keeper and the supervisor that would restart it are both dead while the home is
 * up, and then starts the keeper: the undo of every fault is on its disk and must not wait for a person. Every
 * long-lived process carries a guard, so that any one of them that survives is enough.
 */
export function startKeeperGuard(options: { readonly home: string }): KeeperGuard {
  let looking: Promise<void> = Promise.resolve();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    looking = look(options.home)
      .catch(() => {})
      .finally(() => {
        busy = false;
      });
  }, lookMs);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}

async function look(home: string): Promise<void> {
  if (!(await isOrphaned(home)) || !(await lock(home))) return;
  try {
    if (await isOrphaned(home)) await startKeeper(home);
  } finally {
    await rm(lockFile(home), { force: true });
  }
}

async function isOrphaned(home: string): Promise<boolean> {
  if (!existsSync(path.join(home, "up"))) return false;
  return !(await lives(home, "keeper")) && !(await lives(home, "supervisor"));
}

async function lives(home: string, name: string): Promise<boolean> {
  const found = await readRegistration(home, name);
  return found !== undefined && isAlive(found);
}

async function startKeeper(home: string): Promise<void> {
  const logFile = path.join(home, "logs", "keeper.log");
  await mkdir(path.dirname(logFile), { recursive: true });
  const output = openSync(logFile, "a");
  try {
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", keeperMain], {
      detached: true,
      stdio: ["ignore", output, output],
      env: { ...process.env, LIFEBOAT_HOME: home, LIFEBOAT_LOG_FILE: logFile },
    });
    await once(child, "spawn");
    child.unref();
  } finally {
    closeSync(output);
  }
  await waitFor(() => lives(home, "keeper"), { what: "the keeper to be up", timeoutMs: startTimeoutMs });
}

function lockFile(home: string): string {
  return path.join(home, "run", "keeper-guard.lock");
}

/** Only one guard starts the keeper. A lock whose owner has died is cleared for the next look. */
async function lock(home: string): Promise<boolean> {
  const file = lockFile(home);
  await mkdir(path.dirname(file), { recursive: true });
  try {
    await writeFile(file, JSON.stringify(identityOf(process.pid)), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const owner = identitySchema.safeParse(await readJson(file).catch(() => undefined));
    if (!owner.success || !isAlive(owner.data)) await rm(file, { force: true });
    return false;
  }
}
