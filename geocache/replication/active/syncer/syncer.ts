import { LifeboatError } from "../../../../base/errors.ts";
import { waitFor } from "../../../../base/waits.ts";
import type { MemberView } from "../../../../contracts/groups.ts";
import { createProvider, type Provider } from "../exchange/provider.ts";
import { createAnswers } from "../join/answer.ts";
import { membershipFields, type Membership } from "../store/member-state.ts";
import type { VersionVector } from "../version-vector.ts";
import type { Incarnation } from "./incarnation.ts";
import { Opening } from "./opening.ts";
import { Presence } from "./presence.ts";
import type { SyncerInput } from "./syncer-input.ts";

/** What the syncer itself knows of a `MemberView`; memory and conflicts are counted by whoever runs it. */
export type SyncerView = Omit<
  MemberView,
  "conflicts" | "usedMemoryBytes" | "rssBytes" | "maxmemoryBytes" | "syncerRssBytes" | "at"
>;

const WORK_EVERY_MS = 5;
const ACKNOWLEDGE_EVERY_MS = 50;
const TRIM_EVERY_MS = 100;
const ADVANCE_EVERY_MS = 100;
/** So many that came and wait: no more is pulled until they are applied. */
const MAX_INBOUND_OPERATIONS = 10_000;

/**
 * One member's syncer. It begins where its redis says it stopped; when that knows nothing of a group, it takes over the
 * data of whoever is open under a new incarnation. It holds nothing that is not in its redis as well.
 */
export class Syncer {
  readonly #presence: Presence;
  readonly #opening: Opening;
  readonly #provider: Provider;
  readonly #timers: NodeJS.Timeout[] = [];
  #heldUntilMs = 0;
  /** The membership has changed, and its redis does not know of it yet. */
  #unstored = false;
  port = 0;

  private constructor(presence: Presence) {
    const { peers, input } = presence;
    this.#presence = presence;
    this.#opening = new Opening(presence);
    presence.onFullSyncNeeded = (origin) =>
      void this.#opening.joinAgain(origin).catch((error: unknown) => presence.fail(error));
    this.#provider = createProvider({
      token: input.token,
      epoch: () => peers.membership.epoch,
      isMember: (member) => peers.isMember(member),
      offer: () => presence.incarnation,
      isFormer: (origin) => peers.isFormer(origin),
      onHello: (_, origin) => peers.noteOrigin(origin),
      onAcknowledged: (member, acknowledgement) => peers.take(member, acknowledgement),
      onQuestion: createAnswers(presence, () => performance.now() < this.#heldUntilMs),
    });
  }

  /** @throws when its redis does not answer */
  static async start(input: SyncerInput): Promise<Syncer> {
    const syncer = new Syncer(await Presence.create(input));
    await syncer.#begin();
    return syncer;
  }

  get stopped(): boolean {
    return this.#presence.stopped;
  }

  /** Everything applied here, this member's own operations among them. */
  get applied(): VersionVector {
    return this.#presence.incarnation?.applied ?? new Map();
  }

  get logBytes(): number {
    return this.#presence.incarnation?.index.byteLength ?? 0;
  }

  /**
   * With a higher epoch everything starts anew that members have said to each other; within one only addresses change.
   * @throws STALE_TOKEN for an epoch older than the known one; CONFLICT for other members at the same
   */
  async setMembership(membership: Membership): Promise<void> {
    const { peers, steps } = this.#presence;
    if (membership.epoch === peers.membership.epoch) return this.#setAddresses(membership);
    refuseOlder(membership.epoch, peers.membership.epoch);
    this.#opening.abort();
    await steps(async () => {
      refuseOlder(membership.epoch, peers.membership.epoch);
      this.#provider.dropAll();
      // It could be applied after this member has said what it has: then the others would not wait for it.
      this.#presence.incarnation?.inbound.clear();
      peers.order(membership);
      await this.#storeMembership();
    });
  }

  view(): Promise<SyncerView> {
    const { input, incarnation, phase, detail, issued, peers } = this.#presence;
    return Promise.resolve({
      member: input.member,
      origin: incarnation?.origin ?? input.member,
      phase,
      detail,
      epoch: peers.membership.epoch,
      members: [input.member, ...peers.names].toSorted(),
      peers: peers.view(incarnation?.index),
      issued,
      applied: [...this.applied].toSorted(([a], [b]) => (a < b ? -1 : 1)),
      logBytes: this.logBytes,
    });
  }

  /** Closes to clients and waits until every peer has acknowledged everything; the number of what was not (A20). */
  async leave(timeoutMs: number): Promise<number> {
    const { incarnation, peers, steps } = this.#presence;
    await this.#presence.enter("joining", "leaves the group");
    if (incarnation === undefined) return 0;
    await steps(() => incarnation.flush());
    const left = (): number => Math.max(0, incarnation.issued - peers.acknowledgedOf(incarnation.origin));
    await waitFor(() => left() === 0, { what: "the others", timeoutMs, intervalMs: 10 }).catch(() => undefined);
    return left();
  }

  /** Clients' writes wait until `wipe`, or for `holdMs`; nothing is logged or applied meanwhile. */
  async pauseWrites(holdMs: number): Promise<void> {
    await this.#presence.steps(async () => {
      await this.#presence.incarnation?.flush();
      this.#heldUntilMs = performance.now() + holdMs;
      await this.#presence.redis.call("CLIENT", "PAUSE", String(holdMs), "WRITE");
    });
  }

  async resumeWrites(): Promise<void> {
    await this.#presence.steps(async () => {
      this.#heldUntilMs = 0;
      await this.#presence.redis.call("CLIENT", "UNPAUSE");
    });
  }

  /**
   * A12: drops data and log and goes on, empty, under a new incarnation and the given epoch. A member that misses this
   * is refused by the others from then on. Repeated, it changes nothing.
   * @throws STALE_TOKEN for an epoch older than the known one
   */
  async wipe(membership: Membership): Promise<void> {
    refuseOlder(membership.epoch, this.#presence.peers.membership.epoch);
    await this.#beginEmpty(membership);
  }

  /** For a member that is joining while nobody is open: it becomes the one that the others join. */
  async startEmpty(): Promise<void> {
    if (this.#presence.incarnation === undefined) await this.#beginEmpty(this.#presence.peers.membership);
  }

  async stop(): Promise<void> {
    this.#opening.abort();
    for (const timer of this.#timers) clearInterval(timer);
    this.#presence.stop();
    await this.#provider.close();
  }

  async #begin(): Promise<void> {
    const { host, port } = this.#presence.input.listen;
    this.port = await this.#provider.listen(host, port);
    await this.#presence.recall();
    this.#every(WORK_EVERY_MS, () => this.#work());
    this.#every(ACKNOWLEDGE_EVERY_MS, () => this.#acknowledge());
    this.#every(TRIM_EVERY_MS, () => this.#trim());
    this.#every(ADVANCE_EVERY_MS, () => this.#opening.advance());
  }

  async #beginEmpty(membership: Membership): Promise<void> {
    const { peers, steps } = this.#presence;
    // Also one that waited for its turn: what clients have written since the first must stay.
    const hasBegun = (): boolean =>
      peers.membership.epoch === membership.epoch && this.#presence.incarnation !== undefined;
    if (hasBegun()) return;
    this.#opening.abort();
    await steps(async () => {
      if (hasBegun()) return;
      refuseOlder(membership.epoch, peers.membership.epoch);
      // Whatever clients write behind the flush stands in the stream that was read so far.
      const here = this.#presence.incarnation !== undefined;
      this.#provider.dropAll();
      this.#presence.rest();
      peers.order(membership);
      this.#presence.detail = null;
      await this.#presence.beginEmpty(membership, { empty: true, here });
      this.#heldUntilMs = 0;
    });
  }

  #setAddresses(membership: Membership): void {
    const { peers } = this.#presence;
    if (JSON.stringify(membership) === JSON.stringify(peers.membership)) return;
    const names = membership.peers.map(({ member }) => member).toSorted();
    if (names.join() !== peers.names.toSorted().join()) {
      throw new LifeboatError("CONFLICT", `epoch ${membership.epoch} is known with other members`);
    }
    peers.order(membership);
    this.#presence.steps(() => this.#storeMembership()).catch((error: unknown) => this.#presence.fail(error));
  }

  /** Later, while writes are held back: redis would keep this one waiting as well. */
  async #storeMembership(): Promise<void> {
    this.#unstored = this.#worker === undefined;
    if (!this.#unstored) await this.#presence.store(membershipFields(this.#presence.peers.membership));
  }

  #every(intervalMs: number, work: () => Promise<void> | void): void {
    let isRunning = false;
    const run = async (): Promise<void> => {
      if (isRunning || this.stopped) return;
      isRunning = true;
      try {
        await work();
      } catch (error) {
        this.#presence.fail(error);
      } finally {
        isRunning = false;
      }
    };
    this.#timers.push(setInterval(() => void run(), intervalMs));
  }

  /** undefined while there is none, or while writes are held back: then nothing can be written here either. */
  get #worker(): Incarnation | undefined {
    return performance.now() < this.#heldUntilMs ? undefined : this.#presence.incarnation;
  }

  /** In between whatever else this member has to do gets its turn. */
  async #work(): Promise<void> {
    while ((await this.#presence.steps(() => this.#workOnce())) && !this.stopped);
  }

  /** Whether there is more to do at once. */
  async #workOnce(): Promise<boolean> {
    const { peers } = this.#presence;
    const incarnation = this.#worker;
    if (incarnation === undefined) return false;
    if (this.#unstored) await this.#storeMembership();
    await incarnation.flush();
    // What others say must not come upon what this member has not said yet.
    const applied = this.#presence.unfinished !== "compare" && (await incarnation.applyNext());
    // Were it held while nothing can be applied, what that waits for could not come either.
    peers.hold(applied && incarnation.inbound.size > MAX_INBOUND_OPERATIONS);
    this.#provider.wake();
    return applied;
  }

  #acknowledge(): void {
    const { incarnation, peers } = this.#presence;
    if (incarnation === undefined) return;
    incarnation.acknowledgeStream();
    peers.acknowledge(incarnation.acknowledgement);
  }

  async #trim(): Promise<void> {
    const { steps, peers, input } = this.#presence;
    await steps(async () => {
      const incarnation = this.#worker;
      if (incarnation === undefined) return;
      const settles = peers.names.every((member) => input.member < member);
      await incarnation.trim(peers.stable(incarnation.acknowledgement.applied), settles);
    });
  }
}

function refuseOlder(epoch: number, known: number): void {
  if (epoch < known) throw new LifeboatError("STALE_TOKEN", `epoch ${epoch} is older than the known one, ${known}`);
}
