import path from "node:path";
import type { RegionMember } from "../../../contracts/lab.ts";
import { leaseFile } from "./lease-file.ts";
import { startDetached } from "./start-detached.ts";

const thawProcesses = path.join(import.meta.dirname, "thaw-watchdog.sh");
const unpauseContainers = path.join(import.meta.dirname, "unpause-watchdog.ts");

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
