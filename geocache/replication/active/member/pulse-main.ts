import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createLog } from "../../../../base/log.ts";
import { messageOf } from "../../../../base/errors.ts";
import { readJson } from "../../../../base/files.ts";
import { RedisClient } from "../store/redis-client.ts";
import { memberConfigSchema, type MemberConfig } from "./api.ts";
import { groupNames } from "./group-names.ts";

/**
 * `node pulse-main.ts <config file>`: has a member's redis write its own time into its stream, so that an operation is
 * dated when it happened although the syncer was frozen. Ends when the config file is gone.
 */
const PULSE_EVERY_MS = 5;
const AGAIN_AFTER_MS = 100;

const [, , file = ""] = process.argv;
const log = createLog("pulse");

/** Once, or as long as it goes well. One call at a time: a redis that was frozen must not find a queue of them. */
async function beat(config: MemberConfig): Promise<void> {
  const redis = await RedisClient.connect(config.redis);
  try {
    const { pulse } = groupNames(config.secret).functions;
    while (!redis.closed && existsSync(file)) {
      await redis.call("FCALL", pulse, "0");
      await sleep(PULSE_EVERY_MS);
    }
  } finally {
    redis.close();
  }
}

/** undefined: the member has been removed. */
async function readConfig(): Promise<MemberConfig | undefined> {
  const found = await readJson(file);
  return found === undefined ? undefined : memberConfigSchema.parse(found);
}

let lastReason = "";
// A member's redis may come back at another address: the file says where.
for (let config = await readConfig(); config !== undefined; config = await readConfig()) {
  try {
    await beat(config);
  } catch (error) {
    const reason = messageOf(error);
    if (reason !== lastReason) log.info({ reason }, "the pulse waits for its redis");
    lastReason = reason;
  }
  await sleep(AGAIN_AFTER_MS);
}
process.exit(0);
