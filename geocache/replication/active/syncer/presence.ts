import { messageOf } from "../../../../base/errors.ts";
import { oneAtATime } from "../../../../base/one-at-a-time.ts";
import { memberOf, newOrigin } from "../origins.ts";
import { loadLibrary } from "../store/library.ts";
import {
  beginArguments,
  readState,
  unfinishedFields,
  type Fields,
  type Membership,
  type MemberState,
  type Unfinished,
} from "../store/member-state.ts";
import { RedisClient } from "../store/redis-client.ts";
import { withProgress } from "../version-vector.ts";
import { Incarnation } from "./incarnation.ts";
import { StreamGap } from "./local-side.ts";
import { Peers } from "./peers.ts";
import type { MemberPhase, SyncerInput } from "./syncer-input.ts";

/** `empty`: everything that the redis holds goes. `here`: its stream is resumed where it stands right then. */
type Beginning = { readonly empty?: boolean; readonly here?: boolean };

/** What a member is at the moment: in which phase, under which origin, and what its redis says of it. */
export class Presence {
  readonly input: SyncerInput;
  readonly redis: RedisClient;
  readonly peers: Peers;
  /** Rounds, and changes of what this member is: never two of them at once. */
  readonly steps = oneAtATime();
  /** Called when operations are asked for that the others' logs do not hold any more. */
  onFullSyncNeeded: (origin: string) => void = () => undefined;
  incarnation: Incarnation | undefined;
  unfinished: Unfinished | undefined;
  detail: string | null = null;
  #phase: MemberPhase = "joining";
  #owner: string;
  #events: RedisClient | undefined;
  #issuedBefore = 0;
  #stopped = false;

  private constructor(input: SyncerInput, redis: RedisClient, owner: string) {
    this.input = input;
    this.redis = redis;
    this.#owner = owner;
    this.peers = new Peers(input);
  }

  static async create(input: SyncerInput): Promise<Presence> {
    const redis = await RedisClient.connect(input.redis);
    // One that died while it held writes back left them so, its successor's too.
    await redis.call("CLIENT", "UNPAUSE");
    // A syncer that died while its redis took a snapshot left it as the replica of nobody.
    await redis.call("REPLICAOF", "NO", "ONE");
    await loadLibrary(redis, input.names);
    return new Presence(input, redis, await claim(redis, input));
  }

  get phase(): MemberPhase {
    return this.#phase;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Of all incarnations since this process began. */
  get issued(): number {
    return this.#issuedBefore + (this.incarnation?.issued ?? 0);
  }

  /** Where the redis says that it stopped; otherwise it is closed, and waits to be told how to begin. */
  async recall(): Promise<void> {
    const state = await this.#ownState();
    const known = [state?.membership, this.input.membership].filter((one) => one !== undefined);
    this.peers.order(known.toSorted((a, b) => b.epoch - a.epoch)[0] ?? { epoch: 0, peers: [] });
    await this.enter(state === undefined || state.unfinished !== undefined ? "joining" : "open");
    if (state !== undefined) await this.#resume(state);
  }

  /** With nothing, as the first one of a group or after everything was lost or flushed. */
  async beginEmpty(membership: Membership, how: Beginning = {}): Promise<void> {
    await this.#beginAs(stateOf(newOrigin(this.input.member), { membership, unfinished: undefined }), how);
  }

  /** With another member's data, which its redis has just taken over. */
  async beginJoined(state: MemberState): Promise<void> {
    this.#owner = await claim(this.redis, this.input);
    await this.#beginAs(state);
  }

  /** Ends the incarnation at work, if there is one. */
  rest(): void {
    this.#issuedBefore += this.incarnation?.issued ?? 0;
    this.incarnation?.stop();
    this.incarnation = undefined;
    this.#events?.close();
    this.#events = undefined;
    this.peers.rest();
  }

  stop(): void {
    this.#stopped = true;
    this.rest();
    this.redis.close();
  }

  async enter(phase: MemberPhase, detail: string | null = this.detail): Promise<void> {
    this.detail = detail;
    this.#phase = phase;
    await this.input.setClientAccess?.(phase);
  }

  fail(error: unknown): void {
    if (this.#stopped) return;
    this.#phase = "failed";
    this.detail = messageOf(error);
    this.input.onFailed(this.detail);
  }

  /** Through a function, because a full redis takes nothing else. */
  async store(fields: Fields): Promise<void> {
    if (this.incarnation === undefined) return;
    const { append } = this.input.names.functions;
    await this.redis.call("FCALL", append, "0", this.#owner, "", "", "", "", ...fields);
  }

  async finish(unfinished: Unfinished | undefined): Promise<void> {
    await this.steps(() => this.store(unfinishedFields(unfinished)));
    this.unfinished = unfinished;
  }

  /** undefined also for what came with a snapshot, of which only another member knows what it is. */
  async #ownState(): Promise<MemberState | undefined> {
    const state = await readState(this.redis, this.input.names);
    return state !== undefined && memberOf(state.origin) === this.input.member ? state : undefined;
  }

  async #resume(state: MemberState): Promise<void> {
    try {
      await this.#goToWork(state);
    } catch (error) {
      if (!(error instanceof StreamGap)) throw error;
      this.#issuedBefore += state.seq;
      await this.#beginAs(anew(state, this.peers.membership));
    }
  }

  async #beginAs(state: MemberState, { empty = false, here = false }: Beginning = {}): Promise<void> {
    const { begin } = this.input.names.functions;
    const call = ["FCALL", begin, "0", ...beginArguments(this.#owner, state, here)] as const;
    await this.redis.pipeline(empty ? [["CLIENT", "UNPAUSE"], ["FLUSHALL", "SYNC"], call] : [call]);
    const stored = await this.#ownState();
    if (stored !== undefined) await this.#resume(stored);
  }

  async #goToWork(state: MemberState): Promise<void> {
    const { redis: target, names, clockOffsetUs } = this.input;
    const events = await RedisClient.connect(target);
    const onFailed = (reason: string): void => {
      if (this.#events === events) this.fail(reason);
    };
    this.#events?.close();
    this.#events = events;
    const { onConflict = () => undefined } = this.input;
    const owner = this.#owner;
    const parts = { redis: this.redis, events, target, names, owner, state, clockOffsetUs, onConflict, onFailed };
    const incarnation = await Incarnation.start(parts).catch((error: unknown) => {
      // Whatever it leaves behind ends, and says so.
      this.#events = undefined;
      events.close();
      throw error;
    });
    this.incarnation = incarnation;
    this.unfinished = state.unfinished;
    this.peers.pull({
      origin: incarnation.origin,
      applied: () => incarnation.applied,
      onBatch: (bytes) => incarnation.receive(bytes),
      onFullSyncNeeded: (origin) => this.onFullSyncNeeded(origin),
    });
    await this.enter(state.unfinished === undefined ? "open" : "catching-up");
  }
}

async function claim(redis: RedisClient, { names }: SyncerInput): Promise<string> {
  return String(await redis.call("FCALL", names.functions.claim, "0"));
}

function stateOf(
  origin: string,
  rest: Pick<MemberState, "membership" | "unfinished"> & Partial<MemberState>,
): MemberState {
  const position = { replicationId: "", offset: 0, database: 0 };
  return { origin, seq: 0, hlcUs: 0, position, seen: new Map(), applied: new Map(), ...rest };
}

/** The same data under a new origin, to be compared with the others'. */
function anew(state: MemberState, membership: Membership): MemberState {
  const applied = withProgress(state.applied, state.origin, state.seq);
  const origin = newOrigin(memberOf(state.origin), applied.keys());
  return stateOf(origin, { hlcUs: state.hlcUs, seen: applied, applied, unfinished: "compare", membership });
}
