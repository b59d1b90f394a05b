import { stamp } from "../../../../base/clocks.ts";
import type { MemberView } from "../../../../contracts/groups.ts";
import { readBatch } from "../codec/batch.ts";
import { createProvider, memberOf, type Provider } from "../exchange/provider.ts";
import { subscribe, type Subscription } from "../exchange/subscription.ts";
import { coveredBy } from "../keys/key-logs.ts";
import type { Operation } from "../operation.ts";
import type { SecretNames } from "../secrets.ts";
import { Stability } from "../stability.ts";
import { librarySource } from "../store/library.ts";
import { headOf, LogIndex } from "../store/log-index.ts";
import { positionFields, readState, type MemberState } from "../store/member-state.ts";
import { RedisClient } from "../store/redis-client.ts";
import { withProgress, type VersionVector } from "../version-vector.ts";
import { Inbound } from "./inbound.ts";
import { LocalSide } from "./local-side.ts";
import { applyRound } from "./round.ts";
import type { Membership, Peer, SyncerInput } from "./syncer-input.ts";

const FLUSH_EVERY_MS = 5;
const ACKNOWLEDGE_EVERY_MS = 50;
const TRIM_EVERY_MS = 100;
const OPERATIONS_PER_ROUND = 5000;

/** One member's syncer: captures, logs, exchanges, applies, trims. It holds nothing that is not in its redis as well. */
export class Syncer {
  readonly #input: SyncerInput;
  readonly #redis: RedisClient;
  readonly #side: LocalSide;
  readonly #owner: string;
  readonly #index: LogIndex;
  readonly #inbound = new Inbound();
  readonly #stability = new Stability();
  readonly #provider: Provider;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #origin: string;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #events: RedisClient;
  #applied: VersionVector;
  #membership: Membership = { epoch: 0, peers: [] };
  #stopped = false;
  #working = false;
  port = 0;

  private constructor(input: SyncerInput, parts: Parts) {
    this.#input = input;
    this.#redis = parts.redis;
    this.#events = parts.events;
    this.#side = parts.side;
    this.#owner = parts.owner;
    this.#index = parts.index;
    this.#origin = parts.state.origin;
    this.#applied = parts.state.applied;
    this.#provider = createProvider({
      member: input.member,
      token: input.token,
      index: parts.index,
      epoch: () => this.#membership.epoch,
      isMember: (member) => this.#membership.peers.some((peer) => peer.member === member),
      onAcknowledged: (member, acknowledgement) => this.#stability.acknowledge(member, acknowledgement),
    });
  }

  static async start(input: SyncerInput): Promise<Syncer> {
    const redis = await RedisClient.connect(input.redis);
    const events = await RedisClient.connect(input.redis);
    await redis.call("FUNCTION", "LOAD", "REPLACE", librarySource(input.names));
    const owner = String(await redis.call("FCALL", input.names.functions.claim, "0"));
    const state = (await readState(redis, input.names)) ?? (await firstState(redis, input));
    const { index, logged } = await loadLog(redis, input.names);
    let syncer: Syncer | undefined;
    const onFailed = (reason: string): void => {
      if (syncer?.stopped !== true) input.onFailed(reason);
    };
    const side = await LocalSide.start({
      redis,
      events,
      target: input.redis,
      names: input.names,
      owner,
      state,
      logged,
      index,
      clockOffsetUs: input.clockOffsetUs,
      onFailed,
    });
    syncer = new Syncer(input, { redis, events, side, owner, index, state });
    await syncer.#begin();
    return syncer;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Everything applied here, this member's own operations among them. */
  get applied(): VersionVector {
    return withProgress(this.#applied, this.#origin, this.#side.loggedSeq);
  }

  get logBytes(): number {
    return this.#index.byteLength;
  }

  /** @throws CONFLICT for an epoch older than the known one */
  async setMembership(membership: Membership): Promise<void> {
    this.#membership = membership;
    for (const [member, subscription] of this.#subscriptions) {
      subscription.close();
      this.#subscriptions.delete(member);
      if (!membership.peers.some((peer) => peer.member === member)) this.#stability.forget(member);
    }
    for (const peer of membership.peers) this.#subscriptions.set(peer.member, this.#subscribeTo(peer));
  }

  async view(): Promise<MemberView> {
    const peers = this.#membership.peers.map(({ member }) => member);
    return {
      member: this.#input.member,
      origin: this.#origin,
      phase: "open",
      detail: null,
      epoch: this.#membership.epoch,
      members: [this.#input.member, ...peers].toSorted(),
      peers: [],
      issued: this.#side.loggedSeq,
      applied: [...this.applied],
      conflicts: 0,
      logBytes: this.logBytes,
      usedMemoryBytes: 0,
      rssBytes: 0,
      maxmemoryBytes: 0,
      syncerRssBytes: process.memoryUsage.rss(),
      at: stamp(),
    };
  }

  /** Closes to clients and waits until every peer has acknowledged everything; the number of what was not. */
  async leave(_timeoutMs: number): Promise<number> {
    return 0;
  }

  /** Clients' writes wait, and nothing of other members is applied. */
  async pauseWrites(_holdMs: number): Promise<void> {}

  /** A12: drops data and log and goes on, empty, under a new incarnation and the given epoch. */
  async wipe(_epoch: number): Promise<void> {}

  /** For a member that is `joining` while nobody is open: it becomes the one that the others join. */
  async startEmpty(): Promise<void> {}

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    for (const subscription of this.#subscriptions.values()) subscription.close();
    await this.#provider.close();
    this.#side.stop();
    this.#redis.close();
    this.#events.close();
  }

  async #begin(): Promise<void> {
    this.port = await this.#provider.listen(this.#input.listen.host, this.#input.listen.port);
    this.#every(FLUSH_EVERY_MS, () => this.#work());
    this.#every(ACKNOWLEDGE_EVERY_MS, () => this.#acknowledge());
    this.#every(TRIM_EVERY_MS, () => this.#trim());
  }

  #every(intervalMs: number, work: () => Promise<void> | void): void {
    this.#timers.push(
      setInterval(() => {
        Promise.resolve()
          .then(work)
          .catch((error: unknown) => this.#fail(error));
      }, intervalMs),
    );
  }

  #fail(error: unknown): void {
    if (!this.#stopped) this.#input.onFailed(error instanceof Error ? error.message : String(error));
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    try {
      await this.#side.look();
      await this.#side.exclusively(() => this.#side.flush());
      const operations = this.#inbound.take(this.applied, OPERATIONS_PER_ROUND);
      if (operations.length > 0) await this.#apply(operations);
      this.#provider.wake();
    } finally {
      this.#working = false;
    }
  }

  async #apply(operations: Parameters<typeof applyRound>[1]): Promise<void> {
    const { names } = this.#input;
    const parts = { redis: this.#redis, names, owner: this.#owner, side: this.#side, index: this.#index };
    this.#applied = await applyRound(parts, operations, this.#applied);
  }

  #acknowledge(): void {
    this.#side.acknowledge();
    const acknowledgement = { origin: this.#origin, issued: this.#side.capture.issuedSeq, applied: this.applied };
    for (const subscription of this.#subscriptions.values()) subscription.acknowledge(acknowledgement);
    const silent = [...this.#subscriptions].filter(([, s]) => performance.now() - s.heardAtMs() > 1000);
    for (const [member, subscription] of this.#subscriptions) {
      subscription.relay(silent.map(([name]) => name).filter((name) => name !== member));
    }
  }

  async #trim(): Promise<void> {
    const members = this.#membership.peers.map(({ member }) => member);
    const stable = this.#stability.stable(this.applied, members);
    await this.#side.exclusively(async () => {
      await this.#side.admit();
      this.#side.logs.dropStable(coveredBy(stable));
    });
    // Before anything goes from the log: a syncer that starts again finds there what has to be settled.
    await this.#settle(members);
    const batches = this.#index.takeWithin(stable);
    if (batches.length === 0) return;
    const { trim } = this.#input.names.functions;
    await this.#redis.call("FCALL", trim, "0", this.#owner, ...batches.map(({ key }) => key));
  }

  /** One member, the same for all, says what holds. */
  async #settle(others: readonly string[]): Promise<void> {
    const keys = this.#side.logs.takeUnsettled();
    if (others.every((member) => this.#input.member < member)) await this.#side.settleTtl(keys);
  }

  #subscribeTo(peer: Peer): Subscription {
    return subscribe({
      endpoint: peer.endpoint,
      token: this.#input.token,
      member: this.#input.member,
      epoch: () => this.#membership.epoch,
      have: () => this.applied,
      onBatch: (bytes) => this.#take(bytes),
      onFullSyncNeeded: (origin) => this.#fail(new Error(`a full sync is needed for ${memberOf(origin)}`)),
    });
  }

  #take(bytes: Buffer): void {
    try {
      this.#inbound.add(readBatch(bytes), this.applied);
    } catch (error) {
      this.#fail(error);
    }
  }
}

type Parts = {
  readonly redis: RedisClient;
  readonly events: RedisClient;
  readonly side: LocalSide;
  readonly owner: string;
  readonly index: LogIndex;
  readonly state: MemberState;
};

/** A redis that was never a member: its first incarnation starts at the end of its stream. */
async function firstState(redis: RedisClient, { member, names }: SyncerInput): Promise<MemberState> {
  const incarnation = `${Date.now().toString(36)}${Math.floor(Math.random() * 1e6).toString(36)}`;
  const state: MemberState = {
    origin: `${member}/${incarnation}`,
    seq: 0,
    hlcUs: 0,
    position: { replicationId: "", offset: 0, database: 0 },
    seen: new Map(),
    applied: new Map(),
  };
  await redis.call("HSET", names.state, "origin", state.origin, ...positionFields(state));
  return state;
}

type LoadedLog = { readonly index: LogIndex; readonly logged: readonly Operation[] };

async function loadLog(redis: RedisClient, names: SecretNames): Promise<LoadedLog> {
  const index = new LogIndex();
  const logged: Operation[] = [];
  const keys = await redis.call("KEYS", `${names.prefix}log:*`);
  for (const key of Array.isArray(keys) ? keys : []) {
    const bytes = Buffer.from(String(await redis.call("GET", String(key))), "latin1");
    const operations = readBatch(bytes);
    const { origin, firstSeq } = headOf(bytes);
    index.add({ origin, firstSeq, lastSeq: firstSeq + operations.length - 1, key: String(key), bytes });
    for (const operation of operations) logged.push(operation);
  }
  index.markTrimmedBeforeFirst();
  return { index, logged };
}
