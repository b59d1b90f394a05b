import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { SetUpError, say, timed } from "./say.mjs";
import { succeeds } from "./run-command.mjs";

const cacheFolder = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache"), "lifeboat", "tools");

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function onPath(name) {
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  return folders.map((folder) => path.join(folder, name)).find(isProgram);
}

function cached(tool) {
  const file = path.join(cacheFolder, `${tool.name}-${tool.version}`, tool.name);
  return isProgram(file) ? file : undefined;
}

/** Explicit path → PATH → own cache → official download → go install → package manager. Found ones cost no time. */
export async function resolveTool(tool) {
  const explicit = process.env[tool.variable];
  if (explicit) {
    if (isProgram(explicit)) return explicit;
    throw new SetUpError(`${tool.variable}=${explicit} is not a program`, `unset ${tool.variable}`);
  }
  const found = onPath(tool.name) ?? cached(tool);
  if (found) return found;
  for (const way of [byDownload, byGoInstall, byPackageManager]) {
    const file = await way(tool);
    if (file) return file;
  }
  throw new SetUpError(`${tool.name} is not installed and could not be fetched`, tool.help);
}

async function byDownload(tool) {
  const archive = tool.archives?.[`${process.platform}-${process.arch}`];
  if (!archive) return undefined;
  return await timed(`downloading ${tool.name} ${tool.version}`, () => download(tool, archive)).catch((error) => {
    say(`no download of ${tool.name}: ${error.message}`);
    return undefined;
  });
}

async function download(tool, archive) {
  const response = await fetch(archive.url, { signal: AbortSignal.timeout(120_000) });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== archive.sha256) throw new Error(`its sha256 is ${sha256}, not the pinned ${archive.sha256}`);
  return await intoCache(tool, async (folder) => {
    const file = path.join(folder, "archive.tar.gz");
    writeFileSync(file, bytes);
    return await succeeds("tar", ["-xzf", file, "-C", folder, archive.member]);
  });
}

async function byGoInstall(tool) {
  if (!tool.goModule || !onPath("go")) return undefined;
  const what = `building ${tool.name} ${tool.version} with go install (about ${tool.goMinutes} minutes, once)`;
  return await timed(what, () => intoCache(tool, (folder) => goInstall(tool, folder)));
}

async function goInstall(tool, folder) {
  const env = { ...process.env, GOBIN: folder, GOFLAGS: "-trimpath" };
  return await succeeds("go", ["install", "-ldflags=-s -w", tool.goModule], { env, timeoutMs: 1_200_000 });
}

/** Fills a folder beside the cache and moves it into place in one step: a broken set-up leaves no half tool. */
async function intoCache(tool, fill) {
  mkdirSync(cacheFolder, { recursive: true });
  const folder = mkdtempSync(path.join(cacheFolder, "part-"));
  try {
    if (!(await fill(folder)) || !isProgram(path.join(folder, tool.name))) return undefined;
    const place = path.join(cacheFolder, `${tool.name}-${tool.version}`);
    rmSync(place, { recursive: true, force: true });
    renameSync(folder, place);
    return path.join(place, tool.name);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function byPackageManager(tool) {
  const manager = Object.keys(tool.packages ?? {}).find((name) => onPath(name));
  if (!manager) return undefined;
  if (manager !== "brew" && process.getuid?.() !== 0) {
    throw new SetUpError(
      `${tool.name} is missing and only root may install packages`,
      `sudo ${manager} install ${tool.packages[manager]}`,
    );
  }
  await timed(`installing ${tool.packages[manager]} with ${manager}`, () => install(manager, tool.packages[manager]));
  return onPath(tool.name);
}

async function install(manager, name) {
  if (manager === "apk") return await succeeds("apk", ["add", name]);
  if (manager === "brew") return await succeeds("brew", ["install", name]);
  if (manager === "dnf") return await succeeds("dnf", ["install", "-y", name]);
  await succeeds("apt-get", ["update"]);
  // The package would start a server of its own on the standard port; policy-rc.d is how Debian is told not to.
  return await withoutServiceStart(() => succeeds("apt-get", ["install", "-y", "--no-install-recommends", name]));
}

async function withoutServiceStart(step) {
  const policy = "/usr/sbin/policy-rc.d";
  const had = isProgram(policy) ? readFileSync(policy) : undefined;
  if (had === undefined) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    return await step();
  } finally {
    if (had === undefined) rmSync(policy, { force: true });
  }
}
