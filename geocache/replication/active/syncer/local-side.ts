import { oneAtATime } from "../../../../base/one-at-a-time.ts";
import { attach, type Attachment, type AttachTarget } from "../capture/attachment.ts";
import { Capture, withCause, type Look, type Wanted } from "../capture/capture.ts";
import { ListCopies } from "../capture/lists.ts";
import type { CaptureItem, Resume } from "../capture/placed.ts";
import { RemovalCauses } from "../capture/removal-causes.ts";
import { StreamReader } from "../capture/stream-reader.ts";
import { Unlogged } from "../capture/unlogged.ts";
import { readBatch } from "../codec/batch.ts";
import { keyOf } from "../codec/logged-operation.ts";
import { HybridClock } from "../hybrid-clock.ts";
import { coveredBy, KeyLogs } from "../keys/key-logs.ts";
import type { Bytes, Operation } from "../operation.ts";
import type { SecretNames } from "../secrets.ts";
import type { LoggedBatch, LogIndex } from "../store/log-index.ts";
import { lookArguments, parseLook } from "../store/look.ts";
import { parseVector, positionFields, type Fields, type MemberState } from "../store/member-state.ts";
import type { RedisClient } from "../store/redis-client.ts";
import { batchOf } from "../store/batch-of.ts";
import type { VersionVector } from "../version-vector.ts";

export type LocalSideInput = {
  readonly redis: RedisClient;
  readonly events: RedisClient;
  readonly target: AttachTarget;
  readonly names: SecretNames;
  readonly owner: string;
  readonly state: MemberState;
  /** What the log holds. */
  readonly logged: readonly Operation[];
  readonly index: LogIndex;
  readonly clockOffsetUs: number;
  readonly onFailed: (reason: string) => void;
};

/** What happened in the redis meanwhile is not to be had: the state has to be compared with the others'. */
export class StreamGap extends Error {}

/** As many as another member applies at once: then it keeps the bytes as they came. */
const MAX_BATCH_OPERATIONS = 1000;
/** A busy machine may keep a stream for seconds; what is longer is no lag but a stream that has ended. */
const CATCH_UP_TIMEOUT_MS = 10_000;
const LIST_PAUSE_MS = 2000;
const NOTE_TURNS = 50;
/** The pulse alone fills the smallest backlog in minutes. */
const STORE_POSITION_EVERY_MS = 10_000;
const NUDGE_EVERY_MS = 5;

/** The member's own redis: what happens there becomes operations in the log. */
export class LocalSide {
  /** Runs work while nothing else logs or takes note: a write of our own must not wait behind our own pause. */
  readonly exclusively = oneAtATime();
  readonly capture: Capture;
  readonly logs: KeyLogs;
  readonly clock: HybridClock;
  readonly #input: LocalSideInput;
  readonly #reader: StreamReader;
  readonly #causes: RemovalCauses;
  #attachment: Attachment | undefined;
  #offset: number;
  #startPosition: MemberState["position"] & { readonly seen: VersionVector };
  /** Before the bracket that is being read, or between commands; with what had been applied there. */
  #here: Resume;
  #replicationId: string;
  #looks: Look[] = [];
  #unadmitted: Operation[] = [];
  readonly #unlogged = new Unlogged();
  #loggedSeq: number;
  #storedAtMs = performance.now();
  #arrivals: { offset: number; resolve: () => void }[] = [];

  private constructor(input: LocalSideInput, causes: RemovalCauses) {
    this.#input = input;
    this.#causes = causes;
    const { state } = input;
    this.clock = new HybridClock(state.hlcUs, input.clockOffsetUs);
    this.capture = new Capture({
      origin: state.origin,
      lastSeq: state.seq,
      seen: state.seen,
      clock: this.clock,
      lists: new ListCopies(false),
    });
    this.logs = new KeyLogs(this.capture.lists, state.origin);
    this.logs.restore(input.logged);
    this.#offset = state.position.offset;
    this.#here = { ...state.position, seen: state.seen };
    this.#startPosition = { ...state.position, seen: state.seen };
    this.#replicationId = state.position.replicationId;
    this.#loggedSeq = state.seq;
    this.#reader = new StreamReader(
      input.names,
      {
        onCaptured: (captured) => this.capture.take(captured),
        onTime: (timeUs) => this.clock.passed(timeUs),
        onApplied: (marker) => this.capture.applied(parseVector(marker)),
        onExpired: (key) => this.capture.takeExpired(key),
        onExpiredAgain: (key) => this.capture.takeExpiredAgain(key),
        onFlushed: () => input.onFailed("the data was flushed behind the group's back"),
      },
      state.position.database,
    );
  }

  /** Attached and reading. */
  static async start(input: LocalSideInput): Promise<LocalSide> {
    const side = new LocalSide(input, await RemovalCauses.listen(input.events));
    // A redis holds the stream back until it hears that its snapshot was taken (measured.md H).
    const nudge = setInterval(() => side.acknowledge(), NUDGE_EVERY_MS);
    try {
      await side.#attach();
      if (input.state.position.replicationId === "") await side.#storePosition();
      await side.#readLists();
      return side;
    } catch (error) {
      side.stop();
      throw error;
    } finally {
      clearInterval(nudge);
    }
  }

  /** At once, before anything is logged: a syncer that dies now must not lose what came since it attached. */
  async #storePosition(): Promise<void> {
    const { seen, ...position } = this.#startPosition;
    const fields = positionFields({ hlcUs: this.clock.lastUs, position, seen });
    const { redis, names, owner } = this.#input;
    await redis.call("FCALL", names.functions.append, "0", owner, "", "", "", "", ...fields);
  }

  /**
   * At the start: every list as it is now. What the stream says of lists up to here cannot be told in parts, and
   * what the log says of them cannot be replayed: those lists are said anew as a whole.
   */
  async #readLists(): Promise<void> {
    const { redis, names } = this.#input;
    const [, keys = null] = await redis.pipeline([
      ["CLIENT", "PAUSE", String(LIST_PAUSE_MS), "WRITE"],
      ["FCALL_RO", names.functions.lists, "0"],
    ]);
    const wanted = (Array.isArray(keys) ? keys : []).map((key) => ({ kind: "key" as const, key: String(key) }));
    const look = parseLook(wanted, await redis.call("FCALL_RO", names.functions.read, "0", ...lookArguments(wanted)));
    await this.arrivedAt(look.offset);
    for (const found of look.found) {
      if (found.kind !== "key" || found.content.type !== "list") continue;
      this.capture.lists.set(
        found.key,
        found.content.cells.map(({ value }) => value),
      );
    }
    this.capture.lists.complete = true;
    const { lists } = this.capture;
    for (const key of new Set([...this.logs.openLists(), ...lists.unsure])) this.capture.settle({ kind: "key", key });
    lists.unsure.clear();
    this.#expect(look);
    await this.look();
    await redis.call("CLIENT", "UNPAUSE");
  }

  get offset(): number {
    return this.#offset;
  }

  get loggedSeq(): number {
    return this.#loggedSeq;
  }

  stop(): void {
    this.#attachment?.close();
  }

  acknowledge(): void {
    this.#attachment?.acknowledge(this.#offset);
  }

  /** Looks up what only the data can tell; it counts once the stream has come to the position that is returned. */
  async look(): Promise<number> {
    const { wanted } = this.capture;
    if (wanted.length === 0) return this.#offset;
    const reply = await this.#input.redis.call(
      "FCALL_RO",
      this.#input.names.functions.read,
      "0",
      ...lookArguments(wanted),
    );
    const look = parseLook(wanted, reply);
    this.#expect(look);
    return look.offset;
  }

  /** Says anew for everybody what is shown here, and has it in the log before it returns. */
  async settle(unsettled: readonly Wanted[]): Promise<void> {
    if (unsettled.length === 0) return;
    await this.exclusively(async () => {
      for (const wanted of unsettled) this.capture.settle(wanted);
      await this.arrivedAt(await this.look());
      await this.flush();
    });
  }

  /** For a look that somebody else took together with more. */
  expectLook(look: Look): void {
    this.#expect(look);
  }

  /** Resolves when everything up to `offset` has been taken in. */
  async arrivedAt(offset: number): Promise<void> {
    if (this.#offset >= offset) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#arrivals.push({ offset, resolve });
    const timer = setTimeout(
      () => this.#input.onFailed(`the stream did not come to ${offset} within ${CATCH_UP_TIMEOUT_MS} ms`),
      CATCH_UP_TIMEOUT_MS,
    );
    await promise;
    clearTimeout(timer);
  }

  /** Takes note of everything that has been captured; afterwards `logs` knows all that the data shows. */
  async admit(): Promise<void> {
    await this.#takeReady();
    for (const operation of this.#unadmitted) this.logs.admitOwn(operation);
    this.#unadmitted = [];
    if (this.capture.length === 0) this.capture.lists.forgetFoundations();
    for (const key of this.logs.takeDisputed()) this.capture.settle({ kind: "key", key, goneAs: "expired" });
  }

  /** The same, once everything that only a look can tell has been looked up. False: clients write on, and it does not end. */
  async takeNote(): Promise<boolean> {
    for (let turn = 0; turn < NOTE_TURNS; turn += 1) {
      if (this.capture.wanted.length > 0) await this.arrivedAt(await this.look());
      await this.admit();
      if (this.capture.wanted.length === 0) return true;
    }
    return false;
  }

  /** What was decided since `logs.begin` does not hold. */
  takeBack(): void {
    for (const key of this.logs.rollBack())
      if (this.hasOpenIn(new Set([key]))) this.capture.settle({ kind: "key", key });
  }

  /** Whether anything came that nobody has taken note of yet. */
  get hasOpen(): boolean {
    return this.#unadmitted.length > 0 || this.capture.length > 0;
  }

  /** Whether anything came to one of those keys that nobody has taken note of yet. */
  hasOpenIn(keys: ReadonlySet<Bytes>): boolean {
    return this.#unadmitted.some((operation) => keys.has(keyOf(operation))) || this.capture.hasOpenIn(keys);
  }

  /** Forgets what nothing concurrent can come to any more. */
  async dropStable(stable: VersionVector): Promise<void> {
    await this.exclusively(async () => {
      await this.admit();
      // What waits behind a look has changed the copies of lists already, and nobody has taken note of it.
      if (this.capture.length === 0 || !this.capture.lists.hasFoundations) this.logs.dropStable(coveredBy(stable));
    });
  }

  /** Writes what was captured into the log. Bounded by the connection's time-out. */
  async flush(): Promise<void> {
    await this.#takeReady();
    while (this.#unlogged.length > 0) await this.#logBatch();
  }

  async #takeReady(): Promise<void> {
    const ready = this.capture.takeReady();
    if (ready.some(({ kind }) => kind === "deletion")) await this.#causes.catchUp();
    const items = ready.map((item) => (item.kind === "deletion" ? this.#explained(item) : item));
    for (const { operation } of items) this.#unadmitted.push(operation);
    this.#unlogged.push(items);
  }

  #explained(item: CaptureItem): CaptureItem {
    return { ...item, operation: withCause(item.operation, this.#causes.take(item.operation.effect.key)) };
  }

  async #logBatch(): Promise<void> {
    const next = this.nextBatch(MAX_BATCH_OPERATIONS);
    if (next === undefined) return;
    const { batch, fields } = next;
    const { redis, names, owner } = this.#input;
    const entry = [String(batch.firstSeq), String(batch.lastSeq), batch.key, batch.bytes];
    await redis.call("FCALL", names.functions.append, "0", owner, ...entry, ...fields);
    this.logged(batch);
  }

  /**
   * What has not been logged, as a batch, with what the state has to say once it is; undefined: nothing. More than
   * `limit` where the stream cannot be resumed in between.
   */
  nextBatch(limit = Infinity): { readonly batch: LoggedBatch; readonly fields: Fields } | undefined {
    if (this.#unlogged.length === 0) return undefined;
    const { items, resume } = this.#unlogged.next(limit);
    const { seen, ...position } = this.#resumePosition(resume);
    return {
      batch: batchOf(
        items.map(({ operation }) => operation),
        this.#input.names,
      ),
      fields: positionFields({ hlcUs: items.at(-1)?.operation.hlcUs ?? 0, position, seen }),
    };
  }

  /** Where a syncer would resume that finds everything of before in the log. @throws RangeError when something is not in it */
  restingFields(): Fields {
    if (this.#unlogged.length > 0) throw new RangeError("what was captured is not in the log");
    const { seen, ...position } = this.#resumePosition(undefined);
    this.#storedAtMs = performance.now();
    return positionFields({ hlcUs: this.clock.lastUs, position, seen });
  }

  /** Now and then also where nothing is written: else the stream would not go back that far when a syncer starts anew. */
  async keepPosition(): Promise<void> {
    if (this.#unlogged.length > 0 || performance.now() - this.#storedAtMs < STORE_POSITION_EVERY_MS) return;
    const { redis, names, owner } = this.#input;
    await redis.call("FCALL", names.functions.append, "0", owner, "", "", "", "", ...this.restingFields());
  }

  /** The batch is in the log now. */
  logged(batch: LoggedBatch): void {
    const count = batch.lastSeq - batch.firstSeq + 1;
    this.#unlogged.drop(count);
    this.#loggedSeq = batch.lastSeq;
    this.#storedAtMs = performance.now();
    this.#input.index.add(batch);
    // From here on they need no room of their own.
    if (this.#unadmitted[0]?.seq === batch.firstSeq) {
      this.#unadmitted = [...readBatch(batch.bytes), ...this.#unadmitted.slice(count)];
    }
  }

  /** In front of the first thing that will then not have been logged, and what had been applied there. */
  #resumePosition(unlogged: Resume | undefined): MemberState["position"] & { readonly seen: VersionVector } {
    const { offset, database, seen } = unlogged ?? this.capture.firstOpen ?? this.#here;
    return { replicationId: this.#replicationId, offset, database, seen };
  }

  #expect(look: Look): void {
    this.#looks.push(look);
    this.#resolveLooks();
  }

  #resolveLooks(): void {
    while (this.#looks[0] !== undefined && this.#looks[0].offset <= this.#offset) {
      const [look] = this.#looks.splice(0, 1);
      if (look !== undefined) this.capture.resolve(look);
    }
  }

  async #attach(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { position } = this.#input.state;
    this.#attachment = attach(this.#input.target, position.replicationId === "" ? undefined : position, {
      onAttached: (at, kind) => {
        if (kind === "gap" && position.replicationId !== "") {
          reject(new StreamGap("the stream does not go back to where this member stopped"));
          return;
        }
        this.#offset = at.offset;
        this.#replicationId = at.replicationId;
        this.#here = { offset: at.offset, database: this.#reader.database, seen: this.capture.seen };
        this.capture.position = this.#here;
        this.#startPosition = { ...at, database: this.#reader.database, seen: this.capture.seen };
        resolve();
      },
      onCommand: (args, byteLength) => this.#takeCommand(args, byteLength),
      onClosed: (reason) => {
        reject(new Error(reason));
        this.#input.onFailed(reason);
      },
    });
    await promise;
  }

  #takeCommand(args: readonly string[], byteLength: number): void {
    this.capture.position = this.#here;
    this.#reader.take(args);
    this.#offset += byteLength;
    if (this.#reader.betweenBrackets) {
      this.#here = { offset: this.#offset, database: this.#reader.database, seen: this.capture.seen };
    }
    this.capture.position = this.#here;
    if (this.#looks.length > 0) this.#resolveLooks();
    while (this.#arrivals[0] !== undefined && this.#arrivals[0].offset <= this.#offset)
      this.#arrivals.shift()?.resolve();
  }
}
