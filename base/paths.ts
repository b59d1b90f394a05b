import { homedir } from "node:os";
import path from "node:path";

type Env = Readonly<Record<string, string | undefined>>;

/** The checkout's root folder. */
export const projectRoot = path.resolve(import.meta.dirname, "..");

/** State of the running processes: `LIFEBOAT_HOME`, else `.lifeboat/` in the checkout. */
export function homeFolder(env: Env = process.env): string {
  return path.resolve(env["LIFEBOAT_HOME"] ?? path.join(projectRoot, ".lifeboat"));
}

/** Finished and running evidence bundles: `LIFEBOAT_BUNDLES`, else `bundles/` in the checkout. */
export function bundlesFolder(env: Env = process.env): string {
  return path.resolve(env["LIFEBOAT_BUNDLES"] ?? path.join(projectRoot, "bundles"));
}

/** Signing keys, outside state and results: `LIFEBOAT_KEYS`, else the user's configuration folder. */
export function keysFolder(env: Env = process.env): string {
  const config = env["XDG_CONFIG_HOME"] ?? path.join(homedir(), ".config");
  return path.resolve(env["LIFEBOAT_KEYS"] ?? path.join(config, "lifeboat", "keys"));
}
