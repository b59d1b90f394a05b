import type { Bytes, Effect, Side } from "../operation.ts";

/**
 * A copy of every list, kept in step with the stream: it alone knows which element a pop took, because the stream says
 * only that one went (measured.md G).
 */
export class ListCopies {
  readonly #lists = new Map<Bytes, Bytes[]>();
  /** Each list as it was before the operations that nobody has taken note of yet. */
  readonly #foundations = new Map<Bytes, readonly Bytes[]>();
  /** Lists that something happened to while they were not known. */
  readonly unsure = new Set<Bytes>();
  /** False after a restart until every list has been read: a list that is not here may exist all the same. */
  complete: boolean;

  constructor(complete: boolean) {
    this.complete = complete;
  }

  get(key: Bytes): readonly Bytes[] | undefined {
    return this.#lists.get(key) ?? (this.complete ? [] : undefined);
  }

  set(key: Bytes, values: readonly Bytes[]): void {
    if (values.length === 0) this.#lists.delete(key);
    else this.#lists.set(key, [...values]);
  }

  keys(): Iterable<Bytes> {
    return this.#lists.keys();
  }

  /** An effect of another member, exactly as redis carried it out. */
  applied(change: Effect): void {
    if (change.kind !== "pop") return this.follow(change);
    const list = this.#lists.get(change.key) ?? [];
    const at = change.side === "left" ? list.indexOf(change.value) : list.lastIndexOf(change.value);
    if (at !== -1) this.set(change.key, list.toSpliced(at, 1));
  }

  /** Whether a list is there, may be there, or was there before what nobody has taken note of yet. */
  knowsOf(key: Bytes): boolean {
    if (!this.complete) return true;
    return (this.#lists.size > 0 && this.#lists.has(key)) || (this.#foundations.size > 0 && this.#foundations.has(key));
  }

  /** Whether something happened to a list that nobody has taken note of yet. */
  get hasFoundations(): boolean {
    return this.#foundations.size > 0;
  }

  /** Everything that happened so far has been taken note of. */
  forgetFoundations(): void {
    this.#foundations.clear();
  }

  /** Everything that happened to one list so far has been taken note of. */
  forgetFoundation(key: Bytes): void {
    this.#foundations.delete(key);
  }

  /** The list as it was before what nobody has taken note of yet. */
  takeFoundation(key: Bytes): readonly Bytes[] {
    const foundation = this.#foundations.get(key) ?? this.#lists.get(key) ?? [];
    this.#foundations.delete(key);
    return foundation;
  }

  push(key: Bytes, side: Side, value: Bytes): void {
    const list = this.#known(key);
    if (list === undefined) {
      this.unsure.add(key);
      return;
    }
    this.#keepFoundation(key, list);
    if (side === "left") list.unshift(value);
    else list.push(value);
    this.#lists.set(key, list);
  }

  /** The elements that left, as effects; undefined when the list is not known. */
  pop(key: Bytes, side: Side, count: number): Extract<Effect, { kind: "pop" }>[] | undefined {
    const list = this.#known(key);
    if (list === undefined || list.length < count) return undefined;
    this.#keepFoundation(key, list);
    const taken = side === "left" ? list.splice(0, count) : list.splice(list.length - count, count).toReversed();
    if (list.length === 0) this.#lists.delete(key);
    return taken.map((value) => ({ kind: "pop", key, side, value }));
  }

  /** Keeps the copy right for everything else that can happen to a list. */
  follow(change: Effect): void {
    if (change.kind === "push") this.push(change.key, change.side, change.value);
    else if (change.kind === "set" || change.kind === "del") this.#replace(change.key, []);
    else if (change.kind === "state") {
      this.#replace(change.key, change.type === "list" ? change.cells.map(({ value }) => value) : []);
    }
  }

  #replace(key: Bytes, values: readonly Bytes[]): void {
    const list = this.#lists.get(key);
    if (list === undefined && values.length === 0) return;
    if (list !== undefined) this.#keepFoundation(key, list);
    this.set(key, values);
  }

  #keepFoundation(key: Bytes, list: readonly Bytes[]): void {
    if (!this.#foundations.has(key)) this.#foundations.set(key, [...list]);
  }

  #known(key: Bytes): Bytes[] | undefined {
    return this.#lists.get(key) ?? (this.complete ? [] : undefined);
  }
}
