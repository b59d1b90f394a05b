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
import { isKeyLevel, isTtlOnly } from "../rules/scope.ts";
import { effect as asEffect, type Captured } from "./captured.ts";
import type { ListCopies } from "./lists.ts";
import { cutBefore, earliest, type CaptureItem, type Placed, type Resume } from "./placed.ts";

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
  /** `goneAs`: by what it went, should it not be there. Default: a client. */
  | { readonly kind: "key"; readonly key: Bytes; readonly goneAs?: DeletionCause }
  | { readonly kind: "cell"; readonly key: Bytes; readonly type: "zset"; readonly cell: Bytes }
  | { readonly kind: "ttl"; readonly key: Bytes };

/** The moment at which something was taken in, and what it had seen; a syncer that resumes at `resume` sees it once more. */
type Moment = { readonly resume: Resume; readonly seen: VersionVector; readonly physicalUs: number };

type Told = Placed & { readonly kind: "operation" | "deletion"; readonly moment: Moment; readonly effect: Effect };
type Open = Placed & { readonly kind: "unknown"; readonly name: string; readonly key: Bytes };
type Absorbed = { readonly captured: Captured; readonly moment: Moment };
/** `since`: a look that was taken before this position shows nothing of what is wanted. */
type Pending = { readonly wanted: Wanted; readonly since: number; absorbed: Absorbed[] };

export type CaptureStart = {
  readonly origin: OriginId;
  readonly lastSeq: number;
  readonly seen: VersionVector;
  readonly clock: HybridClock;
  readonly lists: ListCopies;
};

/**
 * Turns what the stream says into operations of this member, in the order of the stream. What only a look at the data
 * can tell has its place where the look was taken; the same key's effects up to there are part of what it shows.
 */
export class Capture {
  readonly #origin: OriginId;
  readonly #clock: HybridClock;
  readonly lists: ListCopies;
  /** Ordered by `at`. */
  #items: (Told | Open)[] = [];
  readonly #unknown = new Map<string, Pending>();
  #lastSeq: number;
  #retaken: Moment | undefined;
  #seenBefore: VersionVector;
  seen: VersionVector;
  /** Before the command or bracket that is being taken in; between commands, behind the last one. */
  position: Resume;

  constructor({ origin, lastSeq, seen, clock, lists }: CaptureStart) {
    this.#origin = origin;
    this.#lastSeq = lastSeq;
    this.seen = seen;
    this.#seenBefore = seen;
    this.position = { offset: 0, database: 0, seen };
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

  /** What had been applied when the first thing happened that has not been given a sequence yet. */
  get seenByWhatComes(): VersionVector {
    return (this.#items[0]?.resume ?? this.position).seen;
  }

  /** Of what is still here. */
  get length(): number {
    return this.#items.length;
  }

  /** Whether anything is still here that happened to one of those keys. */
  hasOpenIn(keys: ReadonlySet<Bytes>): boolean {
    return this.#items.some((item) => keys.has(item.kind === "unknown" ? item.key : item.effect.key));
  }

  /** Says anew, for everybody, what this member shows of something that members may show differently. */
  settle(wanted: Wanted): void {
    if (!this.#unknown.has(nameOf(wanted))) this.#addUnknown(wanted, this.position.offset);
  }

  /** Operations of other members were applied here: what follows has seen them. */
  applied(seen: VersionVector): void {
    this.#seenBefore = this.seen;
    this.seen = seen;
  }

  /** A key whose time was up when operations of others were about to be applied to it: it had seen none of them. */
  takeExpired(key: Bytes): void {
    const wasList = (this.lists.get(key) ?? [])[0] !== undefined;
    this.#retaken = { ...this.#moment, seen: this.#seenBefore };
    this.take({ kind: "deletion", key, unlessAnnounced: "expired" });
    this.#retaken = undefined;
    // The copy went with it, and what was applied behind that is not known.
    if (wasList) this.settle({ kind: "key", key, goneAs: "expired" });
  }

  /** A key that expired between what was applied to it at once: nobody else can tell how much of that went with it. */
  takeExpiredAgain(key: Bytes): void {
    this.settle({ kind: "key", key, goneAs: "expired" });
  }

  take(captured: Captured): void {
    if (this.#absorbed(captured)) return;
    switch (captured.kind) {
      case "effect":
        return this.#add(captured.effect);
      case "deletion":
        return this.#add({ kind: "del", key: captured.key, cause: captured.unlessAnnounced }, "deletion");
      case "unknown-key":
        return this.#addOpen({ kind: "key", key: captured.key });
      case "unknown-cell":
        return this.#addOpen({ kind: "cell", key: captured.key, type: captured.type, cell: captured.cell });
      case "pops":
        return this.#addPops(captured);
      case "move":
        return this.#move(captured);
    }
  }

  /** What a look at the data showed, once the stream has come to where the look was taken. */
  resolve(look: Look): void {
    for (const found of look.found) {
      const name = nameOf(found);
      const pending = this.#unknown.get(name);
      if (pending === undefined || pending.since > look.offset) continue;
      this.#unknown.delete(name);
      const open = this.#items.find((item) => item.kind === "unknown" && item.name === name);
      this.#items = this.#items.filter((item) => item !== open);
      const effect = effectOf(found, pending.wanted);
      const at = look.offset - 1;
      if (effect !== undefined && open !== undefined) this.#addFound(effect, { at, resume: open.resume });
      for (const { captured, moment } of pending.absorbed) {
        if (captured.kind !== "effect" || !isTtlOnly(captured.effect) || moment.resume.offset >= look.offset) continue;
        if (found.kind === "cell")
          this.#insert({ kind: "operation", effect: captured.effect, at, resume: moment.resume, moment });
      }
      this.#takeAgain(pending.absorbed.filter(({ moment }) => moment.resume.offset >= look.offset));
    }
  }

  #addFound(effect: Effect, placed: Placed): void {
    this.lists.follow(effect);
    this.#insert({ kind: "operation", effect, ...placed, moment: this.#moment });
  }

  /** What came after the look, while its answer was still on its way. */
  #takeAgain(absorbed: readonly Absorbed[]): void {
    const before = this.#retaken;
    for (const { captured, moment } of absorbed) {
      this.#retaken = moment;
      this.take(captured);
    }
    this.#retaken = before;
  }

  /**
   * Everything up to the first thing that still has to be looked up, and no further than a position that lies behind
   * all of it and before all that stays: there a new syncer resumes.
   */
  takeReady(): CaptureItem[] {
    const open = this.#items.findIndex(({ kind }) => kind === "unknown");
    const count = cutBefore(this.#items, open === -1 ? this.#items.length : open);
    if (count === 0) return [];
    const ready = this.#items;
    this.#items = ready.splice(count);
    return ready.map((item) => this.#stamped(item));
  }

  /** Where a new syncer would have to resume to see again whatever is still here. */
  get firstOpen(): Resume | undefined {
    return earliest(this.#items);
  }

  get #moment(): Moment {
    return this.#retaken ?? { resume: this.position, seen: this.seen, physicalUs: this.#clock.physicalUs };
  }

  #absorbed(captured: Captured): boolean {
    if (captured.kind === "move" || this.#unknown.size === 0) return false;
    const key = captured.kind === "effect" ? captured.effect.key : captured.key;
    const cell = cellOf(captured);
    const pending =
      this.#unknown.get(`k${key}`) ??
      (cell === undefined ? this.#cellBefore(key, captured) : this.#unknown.get(cellName(key, cell)));
    pending?.absorbed.push({ captured, moment: this.#moment });
    return pending !== undefined;
  }

  /** A time to live has to stand behind the cells that were written before it, and ends with the whole key. */
  #cellBefore(key: Bytes, captured: Captured): Pending | undefined {
    const cells = [...this.#unknown.values()].filter(({ wanted }) => wanted.kind === "cell" && wanted.key === key);
    if (captured.kind === "effect" && isTtlOnly(captured.effect)) return cells.at(-1);
    const ends = captured.kind === "deletion" || (captured.kind === "effect" && isKeyLevel(captured.effect));
    if (ends) for (const pending of cells) pending.absorbed = pending.absorbed.filter(isOfCell);
    return undefined;
  }

  #add(effect: Effect, kind: Told["kind"] = "operation"): void {
    this.lists.follow(effect);
    this.#addFollowed(effect, kind);
  }

  /** The copies of lists know of it already. */
  #addFollowed(effect: Effect, kind: Told["kind"] = "operation"): void {
    const moment = this.#moment;
    this.#insert({ kind, effect, moment, at: moment.resume.offset, resume: moment.resume });
  }

  #addOpen(wanted: Wanted): void {
    this.#addUnknown(wanted, this.#moment.resume.offset + 1);
  }

  #addUnknown(wanted: Wanted, since: number): void {
    const moment = this.#moment;
    const name = nameOf(wanted);
    this.#unknown.set(name, { wanted, since, absorbed: [] });
    this.#insert({ kind: "unknown", name, key: wanted.key, at: moment.resume.offset, resume: moment.resume });
  }

  #insert(item: Told | Open): void {
    const last = this.#items.at(-1);
    if (last === undefined || last.at <= item.at) return void this.#items.push(item);
    const before = this.#items.findLastIndex(({ at }) => at <= item.at);
    this.#items.splice(before + 1, 0, item);
  }

  #addPops({ key, side, count }: Extract<Captured, { kind: "pops" }>): void {
    const popped = this.lists.pop(key, side, count);
    if (popped === undefined) this.#addOpen({ kind: "key", key });
    for (const effect of popped ?? []) this.#addFollowed(effect);
  }

  #move({ from, side, to, toSide }: Extract<Captured, { kind: "move" }>): void {
    const popped = this.#unknown.has(`k${from}`) ? undefined : this.lists.pop(from, side, 1)?.[0];
    if (popped === undefined) {
      this.take({ kind: "unknown-key", key: from });
      return this.take({ kind: "unknown-key", key: to });
    }
    this.#addFollowed(popped);
    this.take(asEffect({ kind: "push", key: to, side: toSide, value: popped.value }));
  }

  #stamped(item: Told | Open): CaptureItem {
    if (item.kind === "unknown") throw new RangeError("what was not looked up cannot be told");
    const { kind, at, resume, moment, effect } = item;
    this.#lastSeq += 1;
    const hlcUs = this.#clock.next(moment.physicalUs);
    const operation = { origin: this.#origin, seq: this.#lastSeq, hlcUs, seen: moment.seen, effect };
    return { kind, at, resume, operation };
  }
}

/** undefined: what was assumed holds. */
export function withCause(operation: Operation, cause: DeletionCause | undefined): Operation {
  if (cause === undefined) return operation;
  return { ...operation, effect: { kind: "del", key: operation.effect.key, cause } };
}

function effectOf(found: KeyLook, wanted: Wanted): Effect | undefined {
  if (found.kind === "key") {
    const effect = effectOfKey(found.key, found.content);
    const cause = wanted.kind === "key" ? wanted.goneAs : undefined;
    return effect.kind === "del" && cause !== undefined ? { ...effect, cause } : effect;
  }
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

function isOfCell({ captured }: Absorbed): boolean {
  return cellOf(captured) !== undefined;
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
