import { commandsFor } from "../apply/commands.ts";
import type { Bytes, Operation } from "../operation.ts";
import type { LostWrite } from "../rules/conflicts.ts";
import type { SecretNames } from "../secrets.ts";
import { batchOf } from "../store/batch-of.ts";
import type { LoggedBatch, LogIndex } from "../store/log-index.ts";
import { lookArguments, parseLook } from "../store/look.ts";
import { appliedFields, vectorText, type Fields } from "../store/member-state.ts";
import type { RedisClient } from "../store/redis-client.ts";
import { withProgress, type VersionVector } from "../version-vector.ts";
import type { LocalSide } from "./local-side.ts";

export type RoundInput = {
  readonly redis: RedisClient;
  readonly names: SecretNames;
  readonly owner: string;
  readonly side: LocalSide;
  readonly index: LogIndex;
  readonly onLost: (lost: LostWrite) => void;
  readonly standstill?: Standstill | undefined;
};

/** Behind the round, before anybody else is served, writes are paused again: `act` finds the data at `offset`. */
export type Standstill = { readonly holdMs: number; readonly act: (offset: number) => Promise<void> };

/** Clients' writes wait this long, should the syncer die with the pause on; doubled with each attempt. */
const PAUSE_MS = 50;
const ATTEMPTS = 6;
const STAGED_BYTES = 256 * 1024;

let tickets = 0;

/**
 * Applies operations of other members. Writes are paused for the moment between knowing everything local and applying:
 * so no local acknowledged write is ever hidden by an older remote one, and nothing has to be repaired. Should the data
 * have moved all the same (the pause ran out), the apply function refuses and the syncer starts anew from the log.
 * Reads are never held up.
 */
export async function applyRound(
  { redis, names, owner, side, index, onLost, standstill }: RoundInput,
  operations: readonly Operation[],
  applied: VersionVector,
): Promise<VersionVector> {
  const after = operations.reduce((vector, { origin, seq }) => withProgress(vector, origin, seq), applied);
  const batches = batchesOf(operations, names);
  await side.exclusively(async () => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      await side.flush();
      const offset = await pauseAndLook({ redis, names, side }, PAUSE_MS * 2 ** attempt);
      await side.arrivedAt(offset);
      // What came while the pause began, and what has to be said anew.
      do {
        while (side.capture.wanted.length > 0) await side.look();
        await side.admit();
      } while (side.capture.wanted.length > 0);
      side.logs.begin();
      const commands = operations.flatMap((operation) => side.logs.admitRemote(operation).flatMap(commandsFor));
      // What was decided rests on these being as they are: they go into the log in the same step.
      const own = side.nextBatch();
      const ticket = `${owner}-${(tickets += 1)}`;
      const logged = own === undefined ? batches : [own.batch, ...batches];
      await stage({ redis, names }, ticket, [...logged.map(logCommand), ...commands]);
      const observedUs = operations.reduce((latest, { hlcUs }) => Math.max(latest, hlcUs), side.clock.lastUs);
      const fields = [...appliedFields(after, observedUs), ...ownFields(own)];
      const done = await apply({ redis, names, owner, standstill }, { ticket, offset, after, fields });
      if (done !== undefined) {
        side.clock.observe(observedUs);
        if (own !== undefined) side.logged(own.batch);
        side.logs.commit().forEach(onLost);
        side.logs.dispute(done.failed);
        return await act(redis, standstill, done.position);
      }
      // The pause ran out and somebody wrote: what was decided no longer holds.
      side.logs.rollBack();
    }
    throw new Error(`the data moved during ${ATTEMPTS} pauses`);
  });
  for (const batch of batches) index.add(batch);
  return after;
}

async function pauseAndLook(
  { redis, names, side }: Pick<RoundInput, "redis" | "names" | "side">,
  pauseMs: number,
): Promise<number> {
  const { wanted } = side.capture;
  const [, reply = null] = await redis.pipeline([
    ["CLIENT", "PAUSE", String(pauseMs), "WRITE"],
    ["FCALL_RO", names.functions.read, "0", ...lookArguments(wanted)],
  ]);
  const look = parseLook(wanted, reply);
  side.expectLook(look);
  return look.offset;
}

async function stage(
  { redis, names }: Pick<RoundInput, "redis" | "names">,
  ticket: string,
  commands: readonly (readonly (Bytes | Buffer)[])[],
): Promise<void> {
  let part: (Bytes | Buffer)[] = [];
  let size = 0;
  const send = async (): Promise<void> => {
    await redis.call("FCALL_RO", names.functions.stage, "0", ticket, ...part);
    part = [];
    size = 0;
  };
  for (const command of commands) {
    part.push(String(command.length), ...command);
    size += command.reduce((sum, argument) => sum + argument.length, 0);
    if (size >= STAGED_BYTES) await send();
  }
  // Also nothing is staged: apply asks for the ticket.
  if (part.length > 0 || commands.length === 0) await send();
}

/** `failed`: keys with which something could not be done; `position`: where the data stands afterwards. */
type Applied = { readonly failed: readonly Bytes[]; readonly position: number };

/** undefined when the data was not at `offset` any more: then nothing was applied. */
async function apply(
  { redis, names, owner, standstill }: Pick<RoundInput, "redis" | "names" | "owner" | "standstill">,
  { ticket, offset, after, fields }: { ticket: string; offset: number; after: VersionVector; fields: Fields },
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

async function act(redis: RedisClient, standstill: Standstill | undefined, offset: number): Promise<void> {
  if (standstill === undefined) return;
  try {
    await standstill.act(offset);
  } finally {
    await redis.call("CLIENT", "UNPAUSE");
  }
}

function batchesOf(operations: readonly Operation[], names: SecretNames): LoggedBatch[] {
  return [...Map.groupBy(operations, ({ origin }) => origin).values()].map((group) => batchOf(group, names));
}

function ownFields(own: ReturnType<LocalSide["nextBatch"]>): Fields {
  return own === undefined ? [] : ["seq", String(own.batch.lastSeq), ...own.fields];
}

function logCommand({ key, bytes }: LoggedBatch): readonly (Bytes | Buffer)[] {
  return ["LOG", key, bytes];
}
