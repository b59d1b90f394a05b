import { accessSync, constants } from "node:fs";
import path from "node:path";

/** The first executable of that name on PATH, or in a folder that user's paths often lack. */
export function findProgram(name: string, env = process.env): string | undefined {
  const folders = [...(env["PATH"] ?? "").split(path.delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders.map((folder) => path.join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
