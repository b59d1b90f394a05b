import { setTimeout as sleep } from "node:timers/promises";
import { createContainers } from "./containers.ts";
import { leaseHasPassed } from "./lease-file.ts";

/** Started for a frozen region: `unpause-watchdog.ts LEASE_FILE CONTAINER_ID…`. The file is told in thaw-watchdog.sh. */
const [, , leaseFile = "", ...containerIds] = process.argv;
const lookMs = 100;
const attempts = 100;

const containers = createContainers();
// Looking once loads the engine's client, which takes too long to be left until the lease has passed.
await Promise.allSettled(containerIds.map((id) => containers.stateOf(id)));
while (!(await leaseHasPassed(leaseFile))) await sleep(lookMs);
for (let attempt = 0; attempt < attempts; attempt += 1) {
  const results = await Promise.allSettled(containerIds.map((id) => containers.unpause(id)));
  if (results.every((result) => result.status === "fulfilled")) break;
  await sleep(lookMs);
}
process.exit(0);
