import type { Bytes } from "../operation.ts";
import type { SecretNames } from "../secrets.ts";
import type { LoggedBatch } from "../store/log-index.ts";
import { parseLook } from "../store/look.ts";
import { vectorText, type Fields } from "../store/member-state.ts";
import type { Call, RedisClient } from "../store/redis-client.ts";
import type { VersionVector } from "../version-vector.ts";

export type HandOverInput = { readonly redis: RedisClient; readonly names: SecretNames; readonly owner: string };

/** Behind the round, before anybody else is served, writes are paused again: `act` finds the data at `offset`. */
export type Standstill = { readonly holdMs: number; readonly act: (offset: number) => Promise<void> };

/** What the apply function is asked for: the work under `ticket`, if the data still is at `offset`. */
export type Application = {
  readonly ticket: string;
  readonly offset: number;
  readonly after: VersionVector;
  readonly fields: Fields;
  readonly standstill: Standstill | undefined;
};

/** `failed`: keys with which something could not be done; `position`: where the data stands afterwards. */
export type Applied = { readonly failed: readonly Bytes[]; readonly position: number };

/** Calls that put work and batches where the apply function finds them, in parts that are small enough to be read at once. */
export function stagingCalls(
  { names }: HandOverInput,
  ticket: string,
  { work, batches }: { readonly work: readonly Buffer[]; readonly batches: readonly LoggedBatch[] },
): Call[] {
  const stage = (...args: readonly (Bytes | Buffer)[]): Call => [
    "FCALL_RO",
    names.functions.stage,
    "0",
    ticket,
    ...args,
  ];
  // Also when there is none: apply asks for the ticket.
  return [stage(), ...work.map((part) => stage("work", part)), ...batches.map(({ key, bytes }) => stage(key, bytes))];
}

/** undefined when the data was not at `offset` any more: then nothing was applied. */
export async function applyStaged(
  { redis, names, owner }: HandOverInput,
  { ticket, offset, after, fields, standstill }: Application,
): Promise<Applied | undefined> {
  try {
    const replies = await redis.pipeline([
      ["CLIENT", "UNPAUSE"],
      ["FCALL", names.functions.apply, "0", owner, ticket, String(offset), vectorText(after), ...fields],
      ...(standstill === undefined ? [] : [["CLIENT", "PAUSE", String(standstill.holdMs), "WRITE"] as const]),
      ["FCALL_RO", names.functions.read, "0"],
    ]);
    const failed = Array.isArray(replies[1]) ? replies[1].filter((_, index) => index % 2 === 0).map(String) : [];
    return { failed, position: parseLook([], replies.at(-1) ?? null).offset };
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("MOVED ")) return undefined;
    throw error;
  }
}

export async function standStill(redis: RedisClient, standstill: Standstill, offset: number): Promise<void> {
  try {
    await standstill.act(offset);
  } finally {
    await redis.call("CLIENT", "UNPAUSE");
  }
}
