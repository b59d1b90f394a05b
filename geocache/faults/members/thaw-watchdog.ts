import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { monoNs } from "../../../base/clocks.ts";
import { writeFileAtomic } from "../../../base/files.ts";
import type { ProcessIdentity } from "../../../base/processes.ts";

const script = path.join(import.meta.dirname, "thaw-watchdog.sh");

function leaseFile(folder: string, faultId: string): string {
  return path.join(folder, `${faultId}.lease`);
}

/** Tells a fault's watchdog how long it has to wait. */
export async function writeLease(folder: string, faultId: string, endsAtMonoNs: bigint): Promise<void> {
  const leftMs = Math.max(0, Number(endsAtMonoNs - monoNs()) / 1e6);
  const uptimeCs = Math.round((await uptimeNowCs()) + leftMs / 10);
  const epochS = Math.round((Date.now() + leftMs) / 1000);
  await writeFileAtomic(leaseFile(folder, faultId), `${uptimeCs} ${epochS}\n`);
}

/** Centiseconds since boot where the kernel tells them. */
async function uptimeNowCs(): Promise<number> {
  const text = await readFile("/proc/uptime", "utf8").catch(() => "0");
  return Number(text.split(" ")[0]) * 100;
}

/** The watchdog ends by itself soon after this. */
export async function removeLease(folder: string, faultId: string): Promise<void> {
  await rm(leaseFile(folder, faultId), { force: true });
}

/** Starts the process that thaws when the lease has passed; it outlives the keeper. */
export async function startWatchdog(folder: string, faultId: string, frozen: readonly ProcessIdentity[]): Promise<void> {
  const pairs = frozen.flatMap(({ pid, startedAt }) => [String(pid), startedAt]);
  const child = spawn("/bin/sh", [script, leaseFile(folder, faultId), ...pairs], { detached: true, stdio: "ignore" });
  await once(child, "spawn");
  child.unref();
}
