import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Socket } from "node:net";
import { withTimeout } from "../../../../base/waits.ts";
import type { AttachTarget } from "../capture/attachment.ts";
import { sendMessage, sendSnapshot } from "../exchange/frames.ts";
import { RedisClient } from "../store/redis-client.ts";
import type { Standstill } from "../syncer/hand-over.ts";
import { prepareFork, type Fork } from "./fork.ts";

/** Clients' writes wait for the fork this long at most. */
const HOLD_MS = 250;
const ATTEMPTS = 5;
const BETWEEN_ATTEMPTS_MS = 100;
const KEYS_PER_PAGE = "1000";

/** Acts while nobody writes and everything that was written is in the log. */
type StandStill = (standstill: Standstill) => Promise<void>;

/**
 * Sends this member's data and log, both as of one moment: everything that was written is in the log, and nothing is
 * written until redis has forked. Should the fork have happened at another position all the same, it is done again.
 */
export async function giveSnapshot(socket: Socket, target: AttachTarget, standStill: StandStill): Promise<void> {
  const fork = await forkAtStandstill(target, standStill);
  try {
    await fork.parts(async (bytes) => {
      if (socket.destroyed) throw new Error("the joining member hung up");
      if (!sendSnapshot(socket, bytes)) await Promise.race([once(socket, "drain"), once(socket, "close")]);
    });
    sendMessage(socket, { kind: "end" });
  } finally {
    fork.close();
  }
}

async function forkAtStandstill(target: AttachTarget, standStill: StandStill): Promise<Fork> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const fork = await prepareFork(target);
    if (await isForkedAtStandstill(fork, standStill)) return fork;
    fork.close();
    await sleep(BETWEEN_ATTEMPTS_MS);
  }
  throw new Error(`the data moved in ${ATTEMPTS} attempts to take a snapshot of it`);
}

async function isForkedAtStandstill(fork: Fork, standStill: StandStill): Promise<boolean> {
  let forkedAt: number | undefined;
  let stoodAt: number | undefined;
  const act = async (offset: number): Promise<void> => {
    stoodAt = offset;
    forkedAt = await withTimeout(fork.take(), HOLD_MS, "the fork").catch(() => undefined);
  };
  await standStill({ holdMs: HOLD_MS, act });
  return forkedAt !== undefined && forkedAt === stoodAt;
}

/** Sends the names of all keys that were there all the time. */
export async function giveKeys(socket: Socket, target: AttachTarget): Promise<void> {
  const redis = await RedisClient.connect(target, 0);
  try {
    for await (const keys of pagesOfKeys(redis)) {
      sendMessage(socket, { kind: "keys", keys: keys.map((key) => Buffer.from(key, "latin1").toString("base64")) });
      if (socket.writableNeedDrain) await Promise.race([once(socket, "drain"), once(socket, "close")]);
      if (socket.destroyed) return;
    }
    sendMessage(socket, { kind: "end" });
  } finally {
    redis.close();
  }
}

export async function* pagesOfKeys(redis: RedisClient): AsyncGenerator<readonly string[]> {
  for (let cursor = "0", first = true; first || cursor !== "0"; first = false) {
    const reply = await redis.call("SCAN", cursor, "COUNT", KEYS_PER_PAGE);
    const [next, keys] = Array.isArray(reply) ? reply : [];
    cursor = String(next);
    yield Array.isArray(keys) ? keys.map(String) : [];
  }
}
