import { commandsFor } from "../apply/commands.ts";
import { Work } from "../apply/work.ts";
import type { LoggedOperation } from "../codec/logged-operation.ts";
import type { LostWrite } from "../rules/conflicts.ts";
import { chunkKey, type SecretNames } from "../secrets.ts";
import { batchOf } from "../store/batch-of.ts";
import type { LoggedBatch, LogIndex } from "../store/log-index.ts";
import { lookArguments, parseLook } from "../store/look.ts";
import { appliedFields, type Fields } from "../store/member-state.ts";
import type { Call } from "../store/redis-client.ts";
import type { VersionVector } from "../version-vector.ts";
import { applyStaged, stagingCalls, standStill, type HandOverInput, type Standstill } from "./hand-over.ts";
import type { LocalSide } from "./local-side.ts";

export type RoundInput = HandOverInput & {
  readonly side: LocalSide;
  readonly index: LogIndex;
  readonly onLost: (lost: LostWrite) => void;
};

/** Clients' writes wait this long, should the syncer die with the pause on; doubled with each attempt. */
const PAUSE_MS = 50;
const ATTEMPTS = 6;
/** After a round was decided in vain: so many are decided while writes are paused. */
const DECIDED_LATE = 20;

let tickets = 0;

type Round = { readonly operations: readonly LoggedOperation[]; readonly after: VersionVector };
/** What is to be done: `calls` hand it over under `ticket`. */
type Decided = { readonly ticket: string; readonly calls: readonly Call[] };
type Standing = { readonly standstill?: Standstill | undefined };

/**
 * Applies operations of other members, one round after the other. Writes are paused for the moment between knowing
 * everything local and applying: so no local acknowledged write is ever hidden by an older remote one, and nothing has
 * to be repaired. Should the data have moved all the same (the pause ran out), the apply function refuses, and the round
 * is decided anew. What to do is worked out and handed over before the pause, and again during it only if a local write
 * came to one of the same keys. Reads are never held up.
 */
export class Rounds {
  readonly #input: RoundInput;
  #decidedLate = 0;

  constructor(input: RoundInput) {
    this.#input = input;
  }

  /** @returns what has been applied afterwards */
  async apply(
    operations: readonly LoggedOperation[],
    applied: VersionVector,
    { standstill }: Standing = {},
  ): Promise<VersionVector> {
    const { side, index, names } = this.#input;
    const round = { operations, after: progressed(applied, operations) };
    const batches = batchesOf(operations, names);
    await side.exclusively(async () => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        if (await this.#attempt(round, batches, { standstill, attempt })) return;
      }
      throw new Error(`the data moved during ${ATTEMPTS} pauses`);
    });
    for (const batch of batches) index.add(batch);
    return round.after;
  }

  /** False when the pause ran out and somebody wrote: what was decided no longer holds, and was taken back. */
  async #attempt(
    round: Round,
    batches: readonly LoggedBatch[],
    { standstill, attempt }: Standing & { readonly attempt: number },
  ): Promise<boolean> {
    const { side, redis, onLost } = this.#input;
    await side.flush();
    // Who looks at the data while they stand still needs everything in them to be in the log.
    const isAhead = attempt === 0 && standstill === undefined;
    let decided = isAhead ? await this.#decideAhead(round, batches) : undefined;
    const offset = await this.#pauseAndLook(PAUSE_MS * 2 ** attempt, decided?.calls ?? []);
    await side.arrivedAt(offset);
    if (decided !== undefined && side.hasOpen && side.hasOpenIn(side.logs.touched())) {
      side.takeBack();
      decided = undefined;
      this.#decidedLate = DECIDED_LATE;
    }
    if (decided === undefined) {
      if (!(await side.takeNote())) return false;
      decided = this.#decide(round, batches);
      await redis.pipeline(decided.calls);
    }
    const { ticket } = decided;
    // What was decided rests on these being as they are: they go into the log in the same step.
    const own = side.nextBatch();
    if (own !== undefined) {
      await redis.pipeline(stagingCalls(this.#input, ticket, { work: [], batches: [own.batch] }));
    }
    const observedUs = round.operations.reduce((latest, { hlcUs }) => Math.max(latest, hlcUs), side.clock.lastUs);
    const fields = [
      ...appliedFields(round.after, observedUs),
      ...(own === undefined ? side.restingFields() : ownFields(own)),
    ];
    const done = await applyStaged(this.#input, { ticket, offset, after: round.after, fields, standstill });
    if (done === undefined) {
      side.takeBack();
      return false;
    }
    side.clock.observe(observedUs);
    if (own !== undefined) side.logged(own.batch);
    side.logs.commit().forEach(onLost);
    side.logs.dispute(done.failed);
    if (standstill !== undefined) await standStill(redis, standstill, done.position);
    return true;
  }

  /** undefined where a decision could not be taken back while clients write. */
  async #decideAhead(round: Round, batches: readonly LoggedBatch[]): Promise<Decided | undefined> {
    const { side } = this.#input;
    if (this.#decidedLate > 0) {
      this.#decidedLate -= 1;
      return undefined;
    }
    // What waits for a look is left open here: clients that write on would have more of it each time.
    await side.admit();
    return side.logs.canDecideAhead(round.operations) ? this.#decide(round, batches) : undefined;
  }

  #decide({ operations }: Round, batches: readonly LoggedBatch[]): Decided {
    const { logs } = this.#input.side;
    const work = new Work();
    logs.begin();
    for (const operation of operations) {
      const commands = logs.admitAlone(operation) ? undefined : logs.admitRemote(operation).flatMap(commandsFor);
      if (commands !== undefined) commands.forEach((command) => work.add(command));
      else if (operation.isPlainSet) work.addPlainSet(operation);
      else commandsFor({ kind: "apply", effect: operation.readEffect() }).forEach((command) => work.add(command));
    }
    const ticket = `${this.#input.owner}-${(tickets += 1)}`;
    return { ticket, calls: stagingCalls(this.#input, ticket, { work: work.take(), batches }) };
  }

  async #pauseAndLook(pauseMs: number, before: readonly Call[]): Promise<number> {
    const { side, redis, names } = this.#input;
    const { wanted } = side.capture;
    const replies = await redis.pipeline([
      ...before,
      ["CLIENT", "PAUSE", String(pauseMs), "WRITE"],
      ["FCALL_RO", names.functions.read, "0", ...lookArguments(wanted)],
    ]);
    const look = parseLook(wanted, replies.at(-1) ?? null);
    side.expectLook(look);
    return look.offset;
  }
}

function progressed(applied: VersionVector, operations: readonly LoggedOperation[]): VersionVector {
  const after = new Map(applied);
  for (const { origin, seq } of operations) after.set(origin, Math.max(seq, after.get(origin) ?? 0));
  return after;
}

/** As they came, where all of a batch is applied at once. */
function batchesOf(operations: readonly LoggedOperation[], names: SecretNames): LoggedBatch[] {
  return [...Map.groupBy(operations, ({ source }) => source)].map(([{ origin, bytes, count }, group]) => {
    const [first] = group;
    if (first === undefined || group.length < count) return batchOf(group, names);
    const lastSeq = first.seq + count - 1;
    return { origin, firstSeq: first.seq, lastSeq, key: chunkKey(names, origin, first.seq), bytes };
  });
}

function ownFields({ batch, fields }: NonNullable<ReturnType<LocalSide["nextBatch"]>>): Fields {
  return ["seq", String(batch.lastSeq), ...fields];
}
