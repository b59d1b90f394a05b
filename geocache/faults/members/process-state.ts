import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Whether a process is stopped by a signal. */
export function isStopped(pid: number): boolean {
  return stateLetter(pid).startsWith("T");
}

function stateLetter(pid: number): string {
  try {
    if (process.platform !== "linux")
      return execFileSync("ps", ["-o", "state=", "-p", String(pid)], { encoding: "utf8" });
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2);
  } catch {
    return "";
  }
}
