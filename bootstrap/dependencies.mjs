import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { SetUpError, timed } from "./say.mjs";
import { succeeds } from "./run-command.mjs";

export const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "..");
const modules = path.join(root, "node_modules");
const mark = path.join(modules, ".lifeboat-lock-sha256");

/**
 * Installs what the lock file pins when it is another one than at the last time. Not `npm ci`: that refuses a lock file
 * without the optional binaries of every other platform, and a registry that mirrors only some of them cannot give one.
 */
export async function ensureDependencies() {
  const wanted = createHash("sha256")
    .update(readFileSync(path.join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return;
  const done = await timed("installing npm dependencies (about two minutes, once)", () =>
    succeeds("npm", ["install", "--no-save", "--no-audit", "--no-fund"], { cwd: root }),
  );
  if (!done) throw new SetUpError("npm install failed; its reason stands above", "npm install --no-save");
  writeFileSync(mark, wanted);
}

/** The Node that runs Lifeboat: the pinned one from npm, else this one when it is new enough. */
export function node24() {
  const pinned = path.join(modules, `node-${process.platform}-${process.arch}`, "bin", "node");
  if (existsSync(pinned)) return pinned;
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major === 24 && minor >= 12) return process.execPath;
  throw new SetUpError(
    `no Node 24 for ${process.platform}-${process.arch} among the dependencies, and this is ${process.version}`,
    "install Node 24.12 or newer of the 24 line and run the command again",
  );
}
