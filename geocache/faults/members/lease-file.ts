import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { monoNs } from "../../../base/clocks.ts";
import { writeFileAtomic } from "../../../base/files.ts";

/** Where a fault's watchdog looks how long it has to wait; its content is told in thaw-watchdog.sh. */
export function leaseFile(folder: string, faultId: string): string {
  return path.join(folder, `${faultId}.lease`);
}

/** Tells a fault's watchdog how long it has to wait. */
export async function writeLease(folder: string, faultId: string, endsAtMonoNs: bigint): Promise<void> {
  const leftMs = Math.max(0, Number(endsAtMonoNs - monoNs()) / 1e6);
  const uptimeCs = Math.round(((await uptimeNowCs()) ?? 0) + leftMs / 10);
  const epochS = Math.round((Date.now() + leftMs) / 1000);
  await writeFileAtomic(leaseFile(folder, faultId), `${uptimeCs} ${epochS}\n`);
}

/** The watchdog ends by itself soon after this. */
export async function removeLease(folder: string, faultId: string): Promise<void> {
  await rm(leaseFile(folder, faultId), { force: true });
}

/** A lease file that has gone means lifted, or a deleted home: undoing once more is right for both. */
export async function leaseHasPassed(file: string): Promise<boolean> {
  const lease = await readFile(file, "utf8").catch(() => undefined);
  if (lease === undefined) return true;
  const [endCs = 0, endS = 0] = lease.split(" ").map(Number);
  const nowCs = await uptimeNowCs();
  return nowCs === undefined ? Date.now() / 1000 >= endS : nowCs >= endCs;
}

/** Centiseconds since boot, where the kernel tells them. */
async function uptimeNowCs(): Promise<number | undefined> {
  const text = await readFile("/proc/uptime", "utf8").catch(() => undefined);
  return text === undefined ? undefined : Math.round(Number(text.split(" ")[0]) * 100);
}
