import type { MemberView } from "../../../../contracts/groups.ts";
import { subscribe, type Subscription } from "../exchange/subscription.ts";
import type { OriginId } from "../operation.ts";
import { KnownOrigins, memberOf } from "../origins.ts";
import { Stability, type Acknowledgement } from "../stability.ts";
import type { LogIndex } from "../store/log-index.ts";
import type { VersionVector } from "../version-vector.ts";
import type { Membership, Peer } from "../store/member-state.ts";

export type PeersInput = { readonly member: string; readonly token: string };

/** What this member has that others pull, and what becomes of what it pulls. */
export type Pulling = {
  readonly origin: OriginId;
  readonly applied: () => VersionVector;
  readonly onBatch: (bytes: Buffer) => void;
  readonly onFullSyncNeeded: (origin: OriginId) => void;
};

/** Who is in the group beside this member, how they stand to it, and what they have said. */
export class Peers {
  readonly #input: PeersInput;
  readonly #origins = new KnownOrigins();
  readonly #stability = new Stability((origin) => this.isFormer(origin));
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #acknowledged = new Map<string, Acknowledgement>();
  /** Also of a member that has begun anew since: what it had issued then. */
  readonly #heard = new Map<string, Acknowledgement>();
  #membership: Membership = { epoch: 0, peers: [] };
  #pulling: Pulling | undefined;

  constructor(input: PeersInput) {
    this.#input = input;
  }

  get membership(): Membership {
    return this.#membership;
  }

  get names(): string[] {
    return this.#membership.peers.map(({ member }) => member);
  }

  isMember(member: string): boolean {
    return member === this.#input.member || this.names.includes(member);
  }

  /** Whether nobody adds to it any more: its member is gone, or goes on under another one. */
  isFormer(origin: OriginId): boolean {
    return this.#origins.isFormer(origin, (member) => this.isMember(member));
  }

  /** With a new epoch everything that was said before counts no more. */
  order(membership: Membership): void {
    if (membership.epoch !== this.#membership.epoch) {
      this.#stability.forgetAll();
      this.#acknowledged.clear();
    }
    this.#membership = membership;
    this.#subscribe();
  }

  /** Pulls from everybody, from now on. */
  pull(pulling: Pulling): void {
    this.#pulling = pulling;
    this.#origins.note(pulling.origin);
    this.#origins.noteAll(pulling.applied().keys());
    this.#subscribe();
  }

  /** Nothing is pulled any more, and nobody is acknowledged anything. */
  rest(): void {
    this.#pulling = undefined;
    this.#subscribe();
    this.#stability.forgetAll();
    this.#acknowledged.clear();
  }

  noteOrigin(origin: OriginId): void {
    this.#origins.note(origin);
  }

  take(member: string, acknowledgement: Acknowledgement): void {
    this.#origins.note(acknowledgement.origin);
    this.#origins.noteAll(acknowledgement.applied.keys());
    this.#stability.acknowledge(member, acknowledgement);
    this.#acknowledged.set(member, acknowledgement);
    this.#heard.set(member, acknowledgement);
  }

  /** It begins anew: nothing that it has acknowledged may be relied on. Says what was last heard of it. */
  forget(member: string): Acknowledgement | undefined {
    this.#stability.forget(member);
    this.#acknowledged.delete(member);
    return this.#heard.get(member);
  }

  stable(applied: VersionVector): VersionVector {
    return this.#stability.stable(applied, this.names);
  }

  acknowledge(acknowledgement: Acknowledgement): void {
    const silent = this.names.filter((member) => this.#subscriptions.get(member)?.state() !== "connected");
    for (const [member, subscription] of this.#subscriptions) {
      subscription.acknowledge(acknowledgement);
      subscription.relay(silent.filter((name) => name !== member));
    }
  }

  hold(held: boolean): void {
    for (const subscription of this.#subscriptions.values()) subscription.hold(held);
  }

  isConnected(member: string): boolean {
    return this.#subscriptions.get(member)?.state() === "connected";
  }

  /** Of this member's own operations, those that everybody has acknowledged. */
  acknowledgedOf(origin: OriginId): number {
    return Math.min(Infinity, ...this.names.map((name) => this.#acknowledged.get(name)?.applied.get(origin) ?? 0));
  }

  view(index: LogIndex | undefined): MemberView["peers"] {
    return this.#membership.peers.map(({ member }) => {
      const subscription = this.#subscriptions.get(member);
      const acknowledged = this.#acknowledged.get(member);
      const isOwn = (origin: OriginId): boolean => memberOf(origin) === member && !this.isFormer(origin);
      const lag = index?.extentAfter(acknowledged?.applied ?? new Map(), isOwn);
      const oldestMs = lag?.oldestUs === undefined ? undefined : lag.oldestUs / 1000;
      return {
        member,
        state: subscription?.state() ?? "silent",
        heardAgoMs: subscription?.heardAgoMs() ?? null,
        lagOperations: lag?.operations ?? 0,
        lagBytes: lag?.bytes ?? 0,
        lagMs: oldestMs === undefined ? 0 : Math.max(0, Date.now() - oldestMs),
      };
    });
  }

  close(): void {
    for (const subscription of this.#subscriptions.values()) subscription.close();
    this.#subscriptions.clear();
  }

  #subscribe(): void {
    this.close();
    const pulling = this.#pulling;
    if (pulling === undefined) return;
    for (const peer of this.#membership.peers) this.#subscriptions.set(peer.member, this.#subscribeTo(peer, pulling));
  }

  #subscribeTo({ endpoint }: Peer, { origin, applied, onBatch, onFullSyncNeeded }: Pulling): Subscription {
    const { member, token } = this.#input;
    const { epoch } = this.#membership;
    return subscribe({ endpoint, token, member, epoch, origin, have: applied, onBatch, onFullSyncNeeded });
  }
}
