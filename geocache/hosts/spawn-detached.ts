import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open } from "node:fs/promises";
import path from "node:path";
import { identityOf, type ProcessIdentity } from "../../base/processes.ts";

type DetachedSpec = {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Gets what it says on both of its outputs. */
  readonly logFile: string;
  readonly env?: NodeJS.ProcessEnv;
};

/** Starts a program in a session of its own, which outlives this process. @throws what the system says when it cannot */
export async function spawnDetached({ program, args, cwd, logFile, env }: DetachedSpec): Promise<ProcessIdentity> {
  await mkdir(path.dirname(logFile), { recursive: true });
  const log = await open(logFile, "a", 0o600);
  try {
    const stdio = ["ignore", log.fd, log.fd] as const;
    const child = spawn(program, args, {
      cwd,
      detached: true,
      stdio: [...stdio],
      ...(env === undefined ? {} : { env }),
    });
    await once(child, "spawn");
    child.unref();
    return identityOf(child.pid ?? 0) ?? { pid: child.pid ?? 0, startedAt: "ended" };
  } finally {
    await log.close();
  }
}
