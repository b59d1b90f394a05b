import { once } from "node:events";
import type { Socket } from "node:net";
import { withTimeout } from "../../../../base/waits.ts";
import type { AttachTarget } from "../capture/attachment.ts";
import { sendMessage, sendSnapshot } from "../exchange/frames.ts";
import { RedisClient } from "../store/redis-client.ts";
import type { Incarnation } from "../syncer/incarnation.ts";
import { prepareFork, type Fork } from "./fork.ts";

/** Clients' writes wait for the fork this long at most. */
const HOLD_MS = 250;
const ATTEMPTS = 5;
const KEYS_PER_PAGE = "1000";

/**
 * Sends this member's data and log, both as of one moment: everything that was written is in the log, and nothing is
 * written until redis has forked. Should the fork have happened at another position all the same, it is done again.
 */
export async function giveSnapshot(socket: Socket, target: AttachTarget, incarnation: Incarnation): Promise<void> {
  const fork = await forkAtStandstill(target, incarnation);
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

async function forkAtStandstill(target: AttachTarget, incarnation: Incarnation): Promise<Fork> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const fork = await prepareFork(target);
    if (await isForkedAtStandstill(fork, incarnation)) return fork;
    fork.close();
  }
  throw new Error(`the data moved in ${ATTEMPTS} attempts to take a snapshot of it`);
}

async function isForkedAtStandstill(fork: Fork, incarnation: Incarnation): Promise<boolean> {
  let forkedAt: number | undefined;
  let stoodAt: number | undefined;
  const act = async (offset: number): Promise<void> => {
    stoodAt = offset;
    forkedAt = await withTimeout(fork.take(), HOLD_MS, "the fork").catch(() => undefined);
  };
  await incarnation.standStill({ holdMs: HOLD_MS, act });
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
