import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { createApiClient, type ApiCall } from "../../base/http-client.ts";
import { loadOrCreateCredentials } from "../../base/credentials.ts";
import { isLifeboatError } from "../../base/errors.ts";
import { projectRoot } from "../../base/paths.ts";
import { readRegistration } from "../../base/registration.ts";
import { waitFor } from "../../base/waits.ts";

const MAIN = path.join(projectRoot, "cli", "processes", "recorder.ts");

/** The recorder as a process of its own, started as the supervisor starts it. */
export type RecorderProcess = {
  /** Where this process sees its files, as seen from here. */
  readonly files: string;
  /** The answer, or the code of the error in its place. */
  send(method: ApiCall<unknown>["method"], path: string, body?: unknown): Promise<unknown>;
  /** `kill -9`; resolves when it is gone. */
  kill(): Promise<void>;
};

/**
 * @param root holds home, bundles and keys
 * @param diskBytes puts them on a disk of that size, which only this process has and which goes with it
 */
export async function startRecorder(root: string, diskBytes?: number): Promise<RecorderProcess> {
  await mkdir(root, { recursive: true });
  const run = `exec "${process.execPath}" --disable-warning=ExperimentalWarning "${MAIN}"`;
  const mount = `mount -t tmpfs -o size=${diskBytes} none "${root}"`;
  const command = diskBytes === undefined ? ["sh", "-c", run] : [...ownMounts(), "sh", "-c", `${mount} && ${run}`];
  const child = spawn(command[0] as string, command.slice(1), {
    stdio: ["ignore", "ignore", "inherit"],
    env: envOf(root),
  });
  const exited = once(child, "exit");
  const files = diskBytes === undefined ? root : path.join("/proc", String(child.pid), "root", root);
  const home = path.join(files, "home");
  const url = await waitFor(
    async () => {
      const found = await readRegistration(home, "recorder");
      return found?.pid === child.pid ? (found?.url ?? undefined) : undefined;
    },
    { what: "the recorder to register", timeoutMs: 20_000, intervalMs: 50 },
  );
  const { recorder: token } = await loadOrCreateCredentials(home);
  const client = createApiClient({ url: async () => url, token });
  return {
    files,
    send: (method, at, body) => client.call({ method, path: at, body, answer: z.unknown() }).catch(codeOf),
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

function ownMounts(): string[] {
  return process.getuid?.() === 0 ? ["unshare", "--mount"] : ["unshare", "--user", "--map-root-user", "--mount"];
}

function envOf(root: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    LIFEBOAT_HOME: path.join(root, "home"),
    LIFEBOAT_BUNDLES: path.join(root, "bundles"),
    LIFEBOAT_KEYS: path.join(root, "keys"),
  };
}

function codeOf(error: unknown): string {
  if (isLifeboatError(error)) return error.code;
  throw error;
}
