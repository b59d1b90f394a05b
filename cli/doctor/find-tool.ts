import { access, constants, readdir } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";

/** Where a tool is: explicit path → PATH → the set-up's cache. Undefined when it is nowhere. */
export async function findTool(name: string, variable: string): Promise<string | undefined> {
  const explicit = process.env[variable];
  if (explicit) return (await isProgram(explicit)) ? explicit : undefined;
  const folders = (process.env["PATH"] ?? "").split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  for (const folder of [...folders, ...(await cachedFolders(name))]) {
    const file = path.join(folder, name);
    if (await isProgram(file)) return file;
  }
  return undefined;
}

/** The set-up keeps each tool in a folder `<name>-<version>`. */
async function cachedFolders(name: string): Promise<string[]> {
  const cache = path.join(process.env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache"), "lifeboat", "tools");
  const names = await readdir(cache).catch(() => []);
  return names.filter((folder) => folder.startsWith(`${name}-`)).map((folder) => path.join(cache, folder));
}

function isProgram(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
