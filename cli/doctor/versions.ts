import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execFileAsync = promisify(execFile);
const TIMEOUT_MS = 15_000;

/** What a program says of its version; empty when it says nothing in time. */
export async function versionOutput(file: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await execFileAsync(file, [...args], { timeout: TIMEOUT_MS });
    return `${stdout}\n${stderr}`;
  } catch {
    return "";
  }
}

/** The module version built into a Go binary, which a `go install`ed tool does not know itself. */
export async function goModuleVersion(file: string): Promise<string | undefined> {
  const text = await versionOutput("go", ["version", "-m", file]);
  return /^\s*mod\s+\S+\s+v(\S+)/m.exec(text)?.[1];
}
