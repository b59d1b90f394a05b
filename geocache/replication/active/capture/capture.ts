import type {
  Bytes,
  Cell,
  CollectionType,
  DeletionCause,
  Effect,
  KeyType,
  Operation,
  OriginId,
  Ttl,
} from "../operation.ts";
import type { HybridClock } from "../hybrid-clock.ts";
import type { VersionVector } from "../version-vector.ts";
import { effect as asEffect, type Captured } from "./captured.ts";
import type { ListCopies } from "./lists.ts";

/** A key or a cell as a look at it showed it, with the stream position of the look. */
export type KeyLook =
  | { readonly kind: "key"; readonly key: Bytes; readonly content: KeyContent }
  | {
      readonly kind: "cell";
      readonly key: Bytes;
      readonly type: "zset";
      readonly cell: Bytes;
      readonly value: Bytes | undefined;
    }
  /** undefined: no such key. */
  | { readonly kind: "ttl"; readonly key: Bytes; readonly ttl: Ttl | undefined };

export type KeyContent =
  | { readonly type: "none" }
  | { readonly type: "string"; readonly value: Bytes; readonly ttl: Ttl }
  | { readonly type: Exclude<KeyType, "string">; readonly cells: readonly Cell[]; readonly ttl: Ttl };

export type Look = { readonly offset: number; readonly found: readonly KeyLook[] };

/** What still has to be looked up. */
export type Wanted =
  | { readonly kind: "key"; readonly key: Bytes }
  | { readonly kind: "cell"; readonly key: Bytes; readonly type: "zset"; readonly cell: Bytes }
  | { readonly kind: "ttl"; readonly key: Bytes };

export type CaptureItem =
  | { readonly kind: "operation"; readonly operation: Operation; readonly offset: number }
  /** Its cause is found out from redis's own events before it leaves. */
  | { readonly kind: "deletion"; readonly key: Bytes; readonly operation: Operation; readonly offset: number }
  | { readonly kind: "unknown"; readonly wanted: Wanted; readonly offset: number; readonly seen: VersionVector };

type Absorbed = { readonly captured: Captured; readonly offset: number };
/** `since`: a look that was taken before this position shows nothing of what is wanted. */
type Pending = { readonly wanted: Wanted; readonly since: number; readonly absorbed: Absorbed[] };

export type CaptureStart = {
  readonly origin: OriginId;
  readonly lastSeq: number;
  readonly seen: VersionVector;
  readonly clock: HybridClock;
  readonly lists: ListCopies;
};

/**
 * Turns what the stream says into operations of this member, in order. What only a look at the data can tell waits in
 * its place; the same key's later effects are part of what the look shows and are dropped until it was.
 */
export class Capture {
  readonly #origin: OriginId;
  readonly #clock: HybridClock;
  readonly lists: ListCopies;
  #items: CaptureItem[] = [];
  readonly #unknown = new Map<string, Pending>();
  #lastSeq: number;
  seen: VersionVector;
  /** The position before the command that is being taken in. */
  offset = 0;

  constructor({ origin, lastSeq, seen, clock, lists }: CaptureStart) {
    this.#origin = origin;
    this.#lastSeq = lastSeq;
    this.seen = seen;
    this.#clock = clock;
    this.lists = lists;
  }

  get wanted(): readonly Wanted[] {
    return [...this.#unknown.values()].map(({ wanted }) => wanted);
  }

  /** The last sequence that was given out: what this member has issued so far. */
  get issuedSeq(): number {
    return this.#lastSeq;
  }

  get length(): number {
    return this.#items.length;
  }

  /** Says anew, for everybody, what this member shows of something that members may show differently. */
  settle(wanted: Wanted): void {
    if (!this.#unknown.has(nameOf(wanted))) this.#addUnknown(wanted);
  }

  take(captured: Captured): void {
    if (this.#absorbed(captured)) return;
    switch (captured.kind) {
      case "effect":
        return this.#add(captured.effect);
      case "deletion":
        return this.#addDeletion(captured.key);
      case "unknown-key":
        return this.#addUnknown({ kind: "key", key: captured.key });
      case "unknown-cell":
        return this.#addUnknown({ kind: "cell", key: captured.key, type: captured.type, cell: captured.cell });
      case "pops":
        return this.#addAll(this.lists.pop(captured.key, captured.side, captured.count), [captured.key]);
      case "move":
        return this.#move(captured);
    }
  }

  /** What a look at the data showed, once the stream has come to where the look was taken. */
  resolve(look: Look): void {
    for (const found of look.found) {
      const name = nameOf(found);
      const pending = this.#unknown.get(name);
      if (pending === undefined || pending.since >= look.offset) continue;
      this.#unknown.delete(name);
      this.#items = this.#items.filter((item) => item.kind !== "unknown" || nameOf(item.wanted) !== name);
      const effect = effectOf(found);
      if (effect !== undefined) this.#add(effect);
      this.#takeAgain(pending.absorbed.filter(({ offset }) => offset >= look.offset));
    }
  }

  /** What came after the look, while its answer was still on its way. */
  #takeAgain(absorbed: readonly Absorbed[]): void {
    const here = this.offset;
    for (const { captured, offset } of absorbed) {
      this.offset = offset;
      this.take(captured);
    }
    this.offset = here;
  }

  /** Everything up to the first thing that still has to be looked up. Once taken it is the caller's. */
  takeReady(): CaptureItem[] {
    const unknown = this.#items.find((item) => item.kind === "unknown");
    // What came in one command or transaction leaves together: a new syncer resumes before or behind all of it.
    const open = this.#items.findIndex((item) => item.offset === unknown?.offset);
    const ready = open === -1 ? this.#items : this.#items.slice(0, open);
    this.#items = open === -1 ? [] : this.#items.slice(open);
    return ready;
  }

  /** Where a new syncer would have to resume to see again whatever is still here, and what had been applied there. */
  get firstOpen(): { readonly offset: number; readonly seen: VersionVector } | undefined {
    const [first] = this.#items;
    if (first === undefined) return undefined;
    return { offset: first.offset, seen: first.kind === "unknown" ? first.seen : first.operation.seen };
  }

  #absorbed(captured: Captured): boolean {
    if (captured.kind === "move") return false;
    const key = captured.kind === "effect" ? captured.effect.key : captured.key;
    const cell = cellOf(captured);
    const pending =
      this.#unknown.get(`k${key}`) ?? (cell === undefined ? undefined : this.#unknown.get(cellName(key, cell)));
    pending?.absorbed.push({ captured, offset: this.offset });
    return pending !== undefined;
  }

  #add(effect: Effect): void {
    this.lists.follow(effect);
    this.#items.push({ kind: "operation", operation: this.#stamped(effect), offset: this.offset });
  }

  #addDeletion(key: Bytes): void {
    const effect: Effect = { kind: "del", key, cause: "client" };
    this.lists.follow(effect);
    this.#items.push({ kind: "deletion", key, operation: this.#stamped(effect), offset: this.offset });
  }

  #addUnknown(wanted: Wanted): void {
    this.#unknown.set(nameOf(wanted), { wanted, since: this.offset, absorbed: [] });
    this.#items.push({ kind: "unknown", wanted, offset: this.offset, seen: this.seen });
  }

  /** `known` has already been taken out of the copies. */
  #addAll(known: readonly Captured[] | undefined, keys: readonly Bytes[]): void {
    if (known === undefined) return keys.forEach((key) => this.#addUnknown({ kind: "key", key }));
    for (const { kind, ...rest } of known) {
      if (kind !== "effect" || !("effect" in rest)) continue;
      this.#items.push({ kind: "operation", operation: this.#stamped(rest.effect), offset: this.offset });
    }
  }

  #move({ from, side, to, toSide }: Extract<Captured, { kind: "move" }>): void {
    const popped = this.#unknown.has(`k${from}`) ? undefined : this.lists.pop(from, side, 1)?.[0];
    if (popped?.kind !== "effect" || popped.effect.kind !== "pop") {
      this.take({ kind: "unknown-key", key: from });
      return this.take({ kind: "unknown-key", key: to });
    }
    this.#addAll([popped], [from]);
    this.take(asEffect({ kind: "push", key: to, side: toSide, value: popped.effect.value }));
  }

  #stamped(effect: Effect): Operation {
    this.#lastSeq += 1;
    return { origin: this.#origin, seq: this.#lastSeq, hlcUs: this.#clock.next(), seen: this.seen, effect };
  }
}

export function withCause(operation: Operation, cause: DeletionCause): Operation {
  return { ...operation, effect: { kind: "del", key: operation.effect.key, cause } };
}

function effectOf(found: KeyLook): Effect | undefined {
  if (found.kind === "key") return effectOfKey(found.key, found.content);
  return found.kind === "cell" ? effectOfCell(found) : effectOfTtl(found);
}

function effectOfTtl({ key, ttl }: Extract<KeyLook, { kind: "ttl" }>): Effect | undefined {
  if (ttl === undefined) return undefined;
  return ttl.kind === "at" ? { kind: "expire", key, atMs: ttl.atMs } : { kind: "persist", key };
}

function effectOfKey(key: Bytes, content: KeyContent): Effect {
  if (content.type === "none") return { kind: "del", key, cause: "client" };
  if (content.type === "string") return { kind: "set", key, value: content.value, ttl: content.ttl };
  return { kind: "state", key, type: content.type, cells: content.cells, ttl: content.ttl };
}

function effectOfCell({ key, type, cell, value }: Extract<KeyLook, { kind: "cell" }>): Effect {
  const collection: CollectionType = type;
  if (value === undefined) return { kind: "remove", key, type: collection, cell };
  return { kind: "add", key, type: collection, cell, value };
}

function cellOf(captured: Captured): Bytes | undefined {
  if (captured.kind === "unknown-cell") return captured.cell;
  return captured.kind === "effect" && "cell" in captured.effect ? captured.effect.cell : undefined;
}

function nameOf(wanted: Wanted): string {
  if (wanted.kind === "cell") return cellName(wanted.key, wanted.cell);
  return wanted.kind === "key" ? `k${wanted.key}` : `t${wanted.key}`;
}

/** The key's length tells where it ends: any byte may stand in both. */
function cellName(key: Bytes, cell: Bytes): string {
  return `c${key.length}:${key}${cell}`;
}
