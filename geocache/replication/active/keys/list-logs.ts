import type { ListCopies } from "../capture/lists.ts";
import { LoggedOperation } from "../codec/logged-operation.ts";
import type { Bytes, Operation } from "../operation.ts";
import type { Change } from "../rules/change.ts";
import { replay, settled, withOperation, type ListHistory } from "../rules/lists.ts";
import { isKeyLevel } from "../rules/scope.ts";
import { ttlOf } from "../rules/ttl.ts";

/** A list before something that may be taken back. `list` only where one is, or comes to be. */
export type ListState = { readonly history: ListHistory | undefined; list: readonly Bytes[] | undefined };

/** Lists are not decided by what is visible but replayed: their courses, and the copies of what they show here. */
export class ListLogs {
  readonly #histories = new Map<Bytes, ListHistory>();
  readonly #copies: ListCopies;

  constructor(copies: ListCopies) {
    this.#copies = copies;
  }

  /** Whether a list is there, may be, or was a moment ago. */
  mayBe(key: Bytes): boolean {
    return this.#copies.knowsOf(key) || this.hasHistory(key);
  }

  hasHistory(key: Bytes): boolean {
    return this.#histories.size > 0 && this.#histories.has(key);
  }

  stateOf(key: Bytes): ListState {
    return { history: this.#histories.get(key), list: undefined };
  }

  /** Before an operation: what its list, if there is one, shows now. */
  completeState(state: ListState, key: Bytes, operation: Operation): void {
    if (concernsList(operation) || this.mayBe(key)) state.list ??= [...(this.#copies.get(key) ?? [])];
  }

  /** Whether there was a list to be put back. */
  putBack(key: Bytes, { history, list }: ListState): boolean {
    if (history === undefined) this.#histories.delete(key);
    else this.#histories.set(key, history);
    if (list !== undefined) this.#copies.set(key, list);
    return list !== undefined;
  }

  /** Operations of lists, and whatever can end a list, are replayed in order. */
  follow(operation: Operation): void {
    const { key } = operation.effect;
    const history = this.#histories.get(key);
    if (!isListOnly(operation) && !isKeyLevel(operation.effect)) return;
    const base = history === undefined ? this.#copies.takeFoundation(key) : [];
    if (history === undefined && base.length === 0 && !isListOnly(operation)) return;
    const before = history ?? { base: base.map((value) => ({ value })), recent: [] };
    this.#histories.set(key, withOperation(before, operation));
  }

  /** What a concurrent operation changes on its list. */
  changesBy(operation: Operation, visible: readonly Operation[]): readonly Change[] {
    const { key } = operation.effect;
    const history = this.#histories.get(key);
    if (history === undefined) return [];
    const values = replay(history).map((element) => element.value);
    if (values.length === 0) return [{ kind: "delete", key }];
    const otherwise = isKeyLevel(operation.effect) ? ({ kind: "none" } as const) : ({ kind: "keep" } as const);
    return [{ kind: "put-list", key, values, ttl: ttlOf(visible) ?? otherwise }];
  }

  /** Keeps the copy of a key's list in step with what is about to be done to it, and counts that as taken note of. */
  carryOut(key: Bytes, changes: readonly Change[]): void {
    for (const change of changes) this.#carryOut(change);
    this.#copies.forgetFoundation(key);
  }

  settle(key: Bytes, isStable: (operation: Operation) => boolean, isOpen: boolean): void {
    const history = this.#histories.get(key);
    if (history === undefined) return;
    const rest = settled(history, isStable);
    // A list that lost against another type is nowhere but here.
    if (rest.recent.length === 0 && !isOpen) this.#histories.delete(key);
    else this.#histories.set(key, rest);
  }

  #carryOut(change: Change): void {
    if (change.kind === "apply") this.#copies.applied(change.effect);
    else if (change.kind === "put-list") this.#copies.set(change.key, change.values);
    else if (change.kind === "delete" || change.kind === "put-string" || change.kind === "put-collection") {
      this.#copies.set(change.key, []);
    }
  }
}

export function isListOnly({ effect }: Operation): boolean {
  return effect.kind === "push" || effect.kind === "pop" || (effect.kind === "state" && effect.type === "list");
}

/** The same, without reading an operation that lies in its batch. */
export function concernsList(operation: Operation): boolean {
  return operation instanceof LoggedOperation ? operation.isOfList : isListOnly(operation);
}
