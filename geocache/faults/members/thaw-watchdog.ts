import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { monoNs } from "../../../base/clocks.ts";
import { writeFileAtomic } from "../../../base/files.ts";
import type { RegionMember } from "../../../contracts/lab.ts";

const thawProcesses = path.join(import.meta.dirname, "thaw-watchdog.sh");
const unpauseContainers = path.join(import.meta.dirname, "unpause-watchdog.ts");

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

/** Starts what thaws when the lease has passed, and outlives the keeper: a shell for processes, Node for containers. */
export async function startWatchdogs(folder: string, faultId: string, frozen: readonly RegionMember[]): Promise<void> {
  const lease = leaseFile(folder, faultId);
  const processes = frozen.filter((member) => member.host === "process");
  const containers = frozen.filter((member) => member.host === "container");
  const pairs = processes.flatMap(({ pid, startedAt }) => [String(pid), startedAt]);
  const ids = containers.map((member) => member.containerId);
  if (pairs.length > 0) await startDetached("/bin/sh", [thawProcesses, lease, ...pairs]);
  if (ids.length > 0) await startDetached(process.execPath, [unpauseContainers, lease, ...ids]);
}

async function startDetached(program: string, argv: string[]): Promise<void> {
  const child = spawn(program, argv, { detached: true, stdio: "ignore" });
  await once(child, "spawn");
  child.unref();
}
