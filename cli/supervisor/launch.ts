import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import path from "node:path";
import { LifeboatError } from "../../base/errors.ts";
import { writeFileAtomic } from "../../base/files.ts";
import { projectRoot } from "../../base/paths.ts";
import { identityOf, type ProcessIdentity } from "../../base/processes.ts";
import { registrationFile } from "../../base/registration.ts";

/** Everything started for a home carries it in its environment, so that leftovers of a crash are recognised. */
export const ESTATE_MARK = "LIFEBOAT_ESTATE";

export type LaunchSpec = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
};

export function logFileOf(home: string, name: string): string {
  return path.join(home, "logs", `${name}.log`);
}

/** Where the supervisor notes a process from its start until it has registered itself. */
export function launchFile(home: string, name: string): string {
  return path.join(path.dirname(path.dirname(registrationFile(home, name))), "launched", `${name}.json`);
}

/** Starts a process in a session of its own, with its output in its log file, and notes its identity. */
export async function launch(home: string, spec: LaunchSpec): Promise<ProcessIdentity> {
  const logFile = logFileOf(home, spec.name);
  mkdirSync(path.dirname(logFile), { recursive: true });
  const log = openSync(logFile, "a", 0o600);
  try {
    const child = spawn(spec.command, [...spec.args], {
      cwd: projectRoot,
      detached: true,
      stdio: ["ignore", log, log],
      env: {
        ...process.env,
        ...spec.env,
        LIFEBOAT_HOME: home,
        LIFEBOAT_LOG_FILE: logFile,
        [ESTATE_MARK]: home,
      },
    });
    const pid = await spawned(child, spec);
    const identity = identityOf(pid) ?? { pid, startedAt: "" };
    await writeFileAtomic(launchFile(home, spec.name), JSON.stringify({ ...identity, logFile }));
    return identity;
  } finally {
    closeSync(log);
  }
}

function spawned(child: ReturnType<typeof spawn>, spec: LaunchSpec): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) =>
      reject(
        new LifeboatError("TOOL_MISSING", `${spec.name}: ${spec.command} could not be started: ${error.message}`, {
          hint: "bin/lifeboat doctor",
          cause: error,
        }),
      ),
    );
    child.once("spawn", () => {
      child.unref();
      resolve(child.pid ?? -1);
    });
  });
}
