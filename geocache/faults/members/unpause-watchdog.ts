import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { createContainers } from "./containers.ts";

/** Started for a frozen region: `unpause-watchdog.ts LEASE_FILE CONTAINER_ID…`. The file is told in thaw-watchdog.sh. */
const [, , leaseFile = "", ...containerIds] = process.argv;
const lookMs = 100;
const attempts = 100;

/** A lease file that has gone means lifted, or a deleted home: unpausing is right for both. */
async function leaseHasPassed(): Promise<boolean> {
  const lease = await readFile(leaseFile, "utf8").catch(() => undefined);
  if (lease === undefined) return true;
  const [endCs = 0, endS = 0] = lease.split(" ").map(Number);
  const uptime = await readFile("/proc/uptime", "utf8").catch(() => undefined);
  return uptime === undefined ? Date.now() / 1000 >= endS : Number(uptime.split(" ")[0]) * 100 >= endCs;
}

const containers = createContainers();
while (!(await leaseHasPassed())) await sleep(lookMs);
for (let attempt = 0; attempt < attempts; attempt += 1) {
  const results = await Promise.allSettled(containerIds.map((id) => containers.unpause(id)));
  if (results.every((result) => result.status === "fulfilled")) break;
  await sleep(lookMs);
}
process.exit(0);
