import type { Wanted } from "../capture/capture.ts";
import type { ListCopies } from "../capture/lists.ts";
import { keyOf } from "../codec/logged-operation.ts";
import { compareStamps, observed, type Bytes, type Operation, type OriginId } from "../operation.ts";
import type { Change } from "../rules/change.ts";
import { lostBy, type LostWrite } from "../rules/conflicts.ts";
import { decide, decidePart } from "../rules/decide.ts";
import { hasTypeConflict, typeOfKey } from "../rules/key-type.ts";
import { isAtBound } from "../rules/numbers.ts";
import { isKeyLevel, supersedes, typeLeftBy, typeWrittenTo } from "../rules/scope.ts";
import { longestTtl } from "../rules/ttl.ts";
import type { VersionVector } from "../version-vector.ts";
import { concernsList, isListOnly, ListLogs, type ListState } from "./list-logs.ts";
import { Parts, typeOfPart } from "./parts.ts";
import { Ripening } from "./ripening.ts";

/** The operations of every key that can still meet a concurrent one, and what a new one changes among them. */
export class KeyLogs {
  readonly #visible = new Map<Bytes, Visible>();
  readonly #lists: ListLogs;
  readonly #origin: OriginId;
  /** A key that was empty for a moment lost its time to live, and only where that moment was. */
  readonly #contested = new Set<Bytes>();
  readonly #disputed = new Set<Bytes>();
  /** Members of sorted sets that were increased at several members at once: sums of doubles depend on the order. */
  readonly #unsummed = new Map<Bytes, Set<Bytes>>();
  readonly #pinned = new Map<OriginId, number>();
  readonly #ripening = new Ripening();
  /** Keys with operations that are stable and yet take part in decisions. */
  readonly #held = new Set<Bytes>();
  #lost: LostWrite[] = [];
  /** What the keys touched since `begin` were like then. */
  #before: Map<Bytes, KeyState> | undefined;
  /** Keys of which nothing was kept when they were touched since. */
  #added: Bytes[] = [];

  /** `origin`: whose operations are this member's own. */
  constructor(copies: ListCopies, origin: OriginId) {
    this.#lists = new ListLogs(copies);
    this.#origin = origin;
  }

  /** Keys that operations are kept of. */
  get size(): number {
    return this.#visible.size;
  }

  /** An operation of this member: its effect is in the data already. */
  admitOwn(operation: Operation): void {
    const key = keyOf(operation);
    if (this.#isUnknown(key) && !concernsList(operation)) {
      if (this.#disputed.size > 0) this.#noteDispute(operation);
      return this.#keepAlone(key, operation);
    }
    this.#noteDispute(operation);
    this.#admit(operation);
    this.#lists.follow(operation);
  }

  /**
   * An operation of another member on a key of which nothing is kept here, and which is no list: there is nothing to
   * decide, its effect can be carried out as it is. False when that is not so: see `admitRemote`.
   */
  admitAlone(operation: Operation): boolean {
    const key = keyOf(operation);
    if (!this.#isUnknown(key) || concernsList(operation)) return false;
    if (this.#before !== undefined) this.#added.push(key);
    this.#keepAlone(key, operation);
    return true;
  }

  #keep(key: Bytes, visible: readonly Operation[]): void {
    const [first] = visible;
    this.#visible.set(key, visible.length === 1 && first !== undefined ? first : visible);
  }

  #keepAlone(key: Bytes, operation: Operation): void {
    this.#ripening.add(operation);
    this.#visible.set(key, operation);
  }

  /** Whether nothing is kept of a key, and no list is there. */
  #isUnknown(key: Bytes): boolean {
    return !this.#visible.has(key) && !this.#lists.mayBe(key);
  }

  /** Whether decisions on operations of other members can be taken back although this member writes meanwhile. */
  canDecideAhead(operations: readonly Operation[]): boolean {
    return operations.every((operation) => !concernsList(operation) && !this.#lists.mayBe(keyOf(operation)));
  }

  /** Keys of which anything has been decided since `begin`. */
  touched(): ReadonlySet<Bytes> {
    return new Set([...this.#added, ...(this.#before?.keys() ?? [])]);
  }

  #visibleOf(key: Bytes): readonly Operation[] {
    const visible = this.#visible.get(key);
    if (visible === undefined) return [];
    return visible instanceof Parts ? visible.all() : isMany(visible) ? visible : [visible];
  }

  /** Where an operation on a part belongs; undefined when there is more to its key. */
  #partsFor(operation: Operation): Parts | undefined {
    const { key } = operation.effect;
    const visible = this.#visible.get(key);
    if (visible instanceof Parts) return visible.takes(operation) ? visible : undefined;
    const type = typeOfPart(operation);
    if (type === undefined || (visible !== undefined && (isMany(visible) || typeOfPart(visible) !== type)))
      return undefined;
    const parts = new Parts(type);
    if (visible !== undefined) parts.admit(visible);
    this.#visible.set(key, parts);
    return parts;
  }

  /**
   * Keys of which only this member's data tells the whole, and it has to say it: it wrote a part when members disagreed
   * about their type, or it had given them more time when another member's redis expired them.
   */
  takeDisputed(): Bytes[] {
    const keys = [...this.#disputed];
    this.#disputed.clear();
    return keys;
  }

  #noteDispute(operation: Operation): void {
    const { key } = operation.effect;
    const visible = this.#visible.get(key);
    if (visible instanceof Parts && visible.takes(operation)) return;
    if (this.#isDisputed(operation)) this.#disputed.add(key);
    else if (operation.origin === this.#origin && isKeyLevel(operation.effect)) this.#disputed.delete(key);
  }

  #isDisputed(operation: Operation): boolean {
    if (operation.origin !== this.#origin) return this.#outlives(operation);
    if (isKeyLevel(operation.effect)) return this.#cameTooLate(operation);
    if (isTtl(operation)) return false;
    const written = typeWrittenTo(operation.effect);
    const before = this.#visibleOf(operation.effect.key);
    return before.some((one) => ![undefined, written].includes(typeLeftBy(one.effect)));
  }

  /** Whether this member gave a key more time than another one knew of when it expired it there. */
  #outlives(operation: Operation): boolean {
    const { effect } = operation;
    if (effect.kind !== "del" || effect.cause !== "expired") return false;
    const unseen = this.#visibleOf(effect.key).filter((one) => !observed(operation, one));
    return longestTtl(unseen)?.origin === this.#origin;
  }

  /**
   * Whether a key was over here, unnoticed, when something of other members was decided as if it were there: what it
   * held came back by that. Nothing did where they wrote to it by themselves and nothing else was open on it.
   */
  #cameTooLate(operation: Operation): boolean {
    const { effect } = operation;
    if (effect.kind !== "del" || effect.cause !== "expired") return false;
    const before = this.#visibleOf(effect.key);
    const unseen = before.filter((one) => !observed(operation, one));
    return unseen.length > 0 && (unseen.length < before.length || unseen.some(dependsOnOthers));
  }

  /**
   * What the log of a member holds when its syncer starts: the data shows all of it. Lists are not among it, their
   * course cannot be told any more; they are said anew (`openLists`).
   */
  restore(operations: readonly Operation[]): void {
    for (const operation of operations.toSorted(compareStamps)) {
      this.#noteDispute(operation);
      this.#admit(operation);
      if (canEmpty(operation)) this.#contested.add(operation.effect.key);
      this.#noteSum(operation);
    }
  }

  /** Lists that operations are kept of. */
  openLists(): Bytes[] {
    return [...this.#visible.keys()].filter((key) => this.#visibleOf(key).some(isListOnly));
  }

  #admit(operation: Operation): void {
    const { key } = operation.effect;
    this.#ripening.add(operation);
    const parts = this.#partsFor(operation);
    if (parts !== undefined) return void parts.admit(operation);
    const before = this.#visibleOf(key);
    const kept = before.filter((earlier) => !(observed(operation, earlier) && supersedes(operation, earlier)));
    this.#keep(key, [...kept, operation]);
  }

  /** From here on everything can be taken back, until `commit`. */
  begin(): void {
    this.#before = new Map();
    this.#added = [];
  }

  /** Who lost a conflict by what was admitted since `begin`. */
  commit(): readonly LostWrite[] {
    const lost = this.#lost;
    for (const { visible } of this.#before?.values() ?? []) if (visible instanceof Parts) visible.commit();
    this.#lost = [];
    this.#before = undefined;
    return lost;
  }

  /** This member could not carry out what was decided: it says what it shows instead. */
  dispute(keys: readonly Bytes[]): void {
    for (const key of keys) this.#disputed.add(key);
  }

  /** @returns the lists among what was taken back: of what came to them meanwhile only the data tells the outcome */
  rollBack(): readonly Bytes[] {
    const lists: Bytes[] = [];
    for (const [key, { visible, list }] of this.#before ?? []) {
      if (visible instanceof Parts) visible.rollBack();
      if (visible === undefined) this.#visible.delete(key);
      else this.#visible.set(key, visible);
      if (this.#lists.putBack(key, list)) lists.push(key);
    }
    for (const key of this.#added) this.#visible.delete(key);
    this.#lost = [];
    this.#before = undefined;
    return lists;
  }

  /** An operation of another member: what has to change here. */
  admitRemote(operation: Operation): readonly Change[] {
    const { key } = operation.effect;
    this.#remember(operation);
    this.#ripening.add(operation);
    const parts = this.#partsFor(operation);
    if (parts !== undefined) return this.#admitToParts(parts, operation);
    const before = this.#visibleOf(key);
    const outlived = this.#outlives(operation);
    if (outlived) this.#disputed.add(key);
    const decision = decide(before, operation);
    this.#keep(key, decision.visible);
    this.#lists.follow(operation);
    if (outlived) return [];
    const type = typeOfKey(decision.visible) ?? (isListOnly(operation) ? "list" : undefined);
    const changes =
      decision.concurrent && type === "list" && !isTtl(operation)
        ? this.#lists.changesBy(operation, decision.visible)
        : decision.changes;
    if (decision.concurrent) this.#noteConcurrent(operation, { before, visible: decision.visible });
    if (changes.some(isAtBoundOfNumbers)) this.#disputed.add(key);
    this.#lists.carryOut(key, changes);
    return changes;
  }

  #admitToParts(parts: Parts, operation: Operation): readonly Change[] {
    const { key } = operation.effect;
    const { before, visible, concurrentInKey } = parts.admit(operation);
    for (const lost of lostBy(before, operation)) this.#lost.push(lost);
    if (concurrentInKey && parts.canEmpty) this.#contested.add(key);
    if (concurrentInKey) this.#noteSum(operation);
    const changes = decidePart(visible, operation);
    if (changes.some(isAtBoundOfNumbers)) this.#disputed.add(key);
    return changes;
  }

  #noteConcurrent(operation: Operation, { before, visible }: Record<"before" | "visible", readonly Operation[]>): void {
    const { effect } = operation;
    for (const lost of lostBy(before, operation)) this.#lost.push(lost);
    if (visible.some(canEmpty)) this.#contested.add(effect.key);
    this.#noteSum(operation);
  }

  #noteSum({ effect }: Operation): void {
    if (effect.kind !== "increase" || effect.type !== "zset") return;
    this.#unsummed.set(effect.key, (this.#unsummed.get(effect.key) ?? new Set()).add(effect.cell));
  }

  /** What members may show differently although they agree on every operation, once nothing is open on the key. */
  takeUnsettled(): Wanted[] {
    const ttls = [...this.#contested].filter((key) => !this.#visible.has(key));
    for (const key of ttls) this.#contested.delete(key);
    const sums = [...this.#unsummed].filter(([key]) => !this.#visible.has(key));
    for (const [key] of sums) this.#unsummed.delete(key);
    return [
      ...ttls.map((key) => ({ kind: "ttl" as const, key })),
      ...sums.flatMap(([key, cells]) =>
        [...cells].map((cell) => ({ kind: "cell" as const, key, type: "zset" as const, cell })),
      ),
    ];
  }

  /** Up to where logs can be trimmed: what still takes part in decisions has to be found there after a restart. */
  trimmable(stable: VersionVector): VersionVector {
    return new Map(
      [...stable].map(([origin, seq]) => [origin, Math.min(seq, (this.#pinned.get(origin) ?? Infinity) - 1)]),
    );
  }

  /** What every member has taken in meets nothing concurrent any more. */
  dropStable(isStable: IsStable): void {
    this.#pinned.clear();
    const keys = new Set(this.#held);
    for (const operation of this.#ripening.take(isStable)) {
      const key = keyOf(operation);
      if (this.#visible.get(key) === operation && !this.#lists.hasHistory(key)) this.#visible.delete(key);
      else keys.add(key);
    }
    for (const key of keys) {
      this.#dropStableOf(key, isStable);
      this.#lists.settle(key, isStable, this.#visible.has(key));
    }
  }

  #dropStableOf(key: Bytes, isStable: IsStable): void {
    const found = this.#visible.get(key);
    const visible = found instanceof Parts ? found : this.#visibleOf(key);
    if (visible instanceof Parts) {
      if (!visible.dropStable(isStable)) this.#visible.delete(key);
      return void this.#held.delete(key);
    }
    const kept = decidedTogether(visible) && !visible.every(isStable) ? visible : visible.filter((o) => !isStable(o));
    if (kept.length === 0) this.#visible.delete(key);
    else this.#keep(key, kept);
    if (kept.some(isStable)) this.#held.add(key);
    else this.#held.delete(key);
    for (const { origin, seq } of kept) this.#pinned.set(origin, Math.min(seq, this.#pinned.get(origin) ?? Infinity));
  }

  #remember(operation: Operation): void {
    if (this.#before === undefined) return;
    const key = keyOf(operation);
    let state = this.#before.get(key);
    if (state === undefined) {
      const visible = this.#visible.get(key);
      if (visible instanceof Parts) visible.begin();
      state = { visible, list: this.#lists.stateOf(key) };
      this.#before.set(key, state);
    }
    this.#lists.completeState(state.list, key, operation);
  }
}

type IsStable = (operation: Pick<Operation, "origin" | "seq">) => boolean;

/** What is kept of a key: mostly one operation. */
type Visible = Parts | readonly Operation[] | Operation;

type KeyState = { readonly visible: Visible | undefined; readonly list: ListState };

function isMany(visible: readonly Operation[] | Operation): visible is readonly Operation[] {
  return Array.isArray(visible);
}

/**
 * Types that disagree, or a whole state whose cells depend on the removals beside it: then even what every member has
 * takes part in decisions until all of it is settled.
 */
function decidedTogether(visible: readonly Operation[]): boolean {
  return visible.some(({ effect }) => effect.kind === "state") || hasTypeConflict(visible);
}

function isAtBoundOfNumbers(change: Change): boolean {
  if (change.kind === "put-string" || change.kind === "put-cell") return isAtBound(change.value);
  return change.kind === "put-collection" && change.cells.some(({ value }) => isAtBound(value));
}

function canEmpty({ effect }: Operation): boolean {
  return effect.kind === "remove" || effect.kind === "pop" || effect.kind === "del" || effect.kind === "state";
}

/** Whether the outcome depends on what else there is, or on the order. */
function dependsOnOthers(operation: Operation): boolean {
  return operation.effect.kind === "state" || isListOnly(operation) || isTtl(operation);
}

function isTtl({ effect }: Operation): boolean {
  return effect.kind === "expire" || effect.kind === "persist";
}

/** Whether all of `vector` that concerns the operation's origin lies at or beyond it. */
export function coveredBy(stable: ReadonlyMap<string, number>): IsStable {
  return (operation) => operation.seq <= (stable.get(operation.origin) ?? 0);
}
