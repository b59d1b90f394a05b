import { setTimeout as sleep } from "node:timers/promises";
import { leaseHasPassed } from "../members/lease-file.ts";
import { readUndo } from "../store.ts";
import { removeKeys, withRedis } from "./pressure-keys.ts";

/**
 * Started for a cache under pressure: `pressure-watchdog.ts LEASE_FILE RECORD_FILE FAULT_ID`. Takes the keys away
 * when the lease has passed, also when the keeper is dead. What they are is in the record, passwords included.
 */
const [, , leaseFile = "", recordFile = "", faultId = ""] = process.argv;
const lookMs = 100;
const attempts = 100;

while (!(await leaseHasPassed(leaseFile))) await sleep(lookMs);
for (let attempt = 0; attempt < attempts; attempt += 1) {
  const undo = await readUndo(recordFile, faultId).catch(() => undefined);
  if (undo?.type !== "pressure") break;
  const removed = await withRedis(undo, (redis) => removeKeys(redis, undo)).then(
    () => true,
    () => false,
  );
  if (removed) break;
  await sleep(lookMs);
}
process.exit(0);
