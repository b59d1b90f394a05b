import { readFileSync } from "node:fs";

/** The kernel's clock tick in /proc, on every Linux that Node runs on. */
const tickMs = 10;

/** CPU time that a process has used so far, user and system; undefined where there is no /proc. */
export function cpuTimeMs(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * tickMs;
  } catch {
    return undefined;
  }
}
