import type { Conflict } from "../../../../contracts/groups.ts";
import type { AttachTarget } from "../capture/attachment.ts";
import { readBatch } from "../codec/batch.ts";
import type { Bytes, OriginId } from "../operation.ts";
import type { LostWrite } from "../rules/conflicts.ts";
import type { SecretNames } from "../secrets.ts";
import type { Acknowledgement } from "../stability.ts";
import { loadLog } from "../store/load-log.ts";
import type { LogIndex } from "../store/log-index.ts";
import type { MemberState } from "../store/member-state.ts";
import type { RedisClient } from "../store/redis-client.ts";
import { withProgress, type VersionVector } from "../version-vector.ts";
import { conflictOf } from "./conflict-of.ts";
import { Inbound } from "./inbound.ts";
import { LocalSide } from "./local-side.ts";
import type { Standstill } from "./hand-over.ts";
import { Rounds } from "./round.ts";

export type IncarnationInput = {
  readonly redis: RedisClient;
  readonly events: RedisClient;
  readonly target: AttachTarget;
  readonly names: SecretNames;
  readonly owner: string;
  readonly state: MemberState;
  readonly clockOffsetUs: number;
  readonly onConflict: (conflict: Omit<Conflict, "n">) => void;
  readonly onFailed: (reason: string) => void;
};

/** Nobody is served while a round is applied. */
const PER_ROUND = { operations: 1000, bytes: 512 * 1024 };
/** Their bytes are freed while clients wait: a thousand took 14 ms. */
const BATCHES_PER_TRIM = 32;

/** A member at work under one origin: captures, logs, applies, trims. It holds nothing that is not in its redis as well. */
export class Incarnation {
  readonly origin: OriginId;
  readonly index: LogIndex;
  readonly inbound = new Inbound();
  readonly #input: IncarnationInput;
  readonly #side: LocalSide;
  readonly #rounds: Rounds;
  #applied: VersionVector;

  private constructor(input: IncarnationInput, side: LocalSide, index: LogIndex) {
    this.#input = input;
    this.#side = side;
    this.index = index;
    this.origin = input.state.origin;
    this.#applied = input.state.applied;
    const { redis, names, owner } = input;
    const onLost = (lost: LostWrite): void => input.onConflict(conflictOf(lost));
    this.#rounds = new Rounds({ redis, names, owner, side, index, onLost });
  }

  /** @throws StreamGap when the stream does not go back to where the state says */
  static async start(input: IncarnationInput): Promise<Incarnation> {
    const { redis, names, state } = input;
    const { index, logged } = await loadLog(redis, names, withProgress(state.applied, state.origin, state.seq));
    const side = await LocalSide.start({ ...input, logged, index });
    return new Incarnation(input, side, index);
  }

  /** Everything applied here, this member's own operations among them. */
  get applied(): VersionVector {
    return withProgress(this.#applied, this.origin, this.#side.loggedSeq);
  }

  get issued(): number {
    return this.#side.loggedSeq;
  }

  /** Of what was applied, so much that whatever this member will issue has seen it. */
  get acknowledgement(): Acknowledgement {
    const { issuedSeq: issued, seenByWhatComes } = this.#side.capture;
    return { origin: this.origin, issued, applied: withProgress(seenByWhatComes, this.origin, this.#side.loggedSeq) };
  }

  stop(): void {
    this.#side.stop();
  }

  /** Tells the own redis how far its stream has been read. */
  acknowledgeStream(): void {
    this.#side.acknowledge();
  }

  /** @throws RangeError for what is no batch, or not the next one: nothing of it was taken */
  receive(bytes: Buffer): void {
    const operations = readBatch(bytes);
    if (operations[0]?.origin !== this.origin) this.inbound.add(operations, this.applied);
  }

  /** Writes what was captured into the log. */
  async flush(): Promise<void> {
    await this.#side.look();
    await this.#side.exclusively(() => this.#side.flush());
  }

  /** Applies the next of what has come and can be applied. False: there was nothing. */
  async applyNext(): Promise<boolean> {
    const operations = this.inbound.take(this.applied, PER_ROUND);
    if (operations.length === 0) return false;
    this.#applied = await this.#rounds.apply(operations, this.#applied);
    return true;
  }

  /** Runs `standstill` while nobody writes and everything that was written is in the log. */
  async standStill(standstill: Standstill): Promise<void> {
    this.#applied = await this.#rounds.apply([], this.#applied, { standstill });
  }

  /** Drops what is stable. `settles`: whether this member is the one that says what holds in the end. */
  async trim(stable: VersionVector, settles: boolean): Promise<void> {
    await this.#side.dropStable(stable);
    await this.#side.exclusively(() => this.#side.keepPosition());
    // Before anything goes from the log: a syncer that starts again finds there what has to be settled.
    const unsettled = this.#side.logs.takeUnsettled();
    if (settles) await this.#side.settle(unsettled);
    const dropped = this.index.takeWithin(this.#side.logs.trimmable(stable)).map(({ key }) => key);
    const { redis, names, owner } = this.#input;
    for (let at = 0; at < dropped.length; at += BATCHES_PER_TRIM) {
      const some = dropped.slice(at, at + BATCHES_PER_TRIM);
      await redis.call("FCALL", names.functions.trim, "0", owner, ...some);
    }
  }

  /** Says anew, for everybody, what this member shows of the keys; of a key that is not there, that it went. */
  async sayAnew(keys: readonly Bytes[]): Promise<void> {
    for (const key of keys) this.#side.capture.settle({ kind: "key", key, goneAs: "expired" });
    await this.#side.arrivedAt(await this.#side.look());
    await this.#side.exclusively(() => this.#side.flush());
  }
}
