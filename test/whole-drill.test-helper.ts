import { spawn } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { projectRoot } from "../base/paths.ts";

export type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** A place of its own for state, bundles and keys, so that a test neither sees nor touches the user's. */
export async function newPlace(host: "process" | "container"): Promise<NodeJS.ProcessEnv> {
  const folder = await mkdtemp(path.join(tmpdir(), "lifeboat-drill-"));
  return {
    ...process.env,
    LIFEBOAT_HOME: path.join(folder, "home"),
    LIFEBOAT_BUNDLES: path.join(folder, "bundles"),
    LIFEBOAT_KEYS: path.join(folder, "keys"),
    LIFEBOAT_HOST: host,
    NO_COLOR: "1",
  };
}

/** Runs the command line as a user would; bounded. */
export async function lifeboat(env: NodeJS.ProcessEnv, args: readonly string[], timeoutMs = 240_000): Promise<Ran> {
  const main = path.join(projectRoot, "cli", "main.ts");
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args], {
    env,
    timeout: timeoutMs,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, stdout, stderr };
}
