import { ListCopies } from "../capture/lists.ts";
import type { Bytes, Effect, KeyType, Operation } from "../operation.ts";
import type { Change } from "../rules/change.ts";
import { parseInteger, sumOfIntegers, sumOfScores } from "../rules/numbers.ts";
import { Stability } from "../stability.ts";
import { coveredBy, KeyLogs } from "./key-logs.ts";

type Content =
  | { readonly type: "string"; readonly value: Bytes }
  | { readonly type: "list"; readonly values: readonly Bytes[] }
  | { readonly type: Exclude<KeyType, "string" | "list">; readonly cells: ReadonlyMap<Bytes, Bytes> };

/** One member without a redis: its data in memory, changed by the same decisions as the real one's. Times to live left out. */
export class ModelMember {
  readonly name: string;
  readonly issued: Operation[] = [];
  readonly applied = new Map<string, number>();
  readonly #data = new Map<Bytes, Content>();
  readonly #copies = new ListCopies(true);
  readonly #logs: KeyLogs;
  readonly #stability = new Stability(() => false);
  #clockUs = 0;

  constructor(name: string) {
    this.name = name;
    this.#logs = new KeyLogs(this.#copies, name);
  }

  typeOf(key: Bytes): KeyType | undefined {
    return this.#data.get(key)?.type;
  }

  listOf(key: Bytes): readonly Bytes[] {
    const content = this.#data.get(key);
    return content?.type === "list" ? content.values : [];
  }

  cellsOf(key: Bytes): readonly Bytes[] {
    const content = this.#data.get(key);
    return content !== undefined && "cells" in content ? [...content.cells.keys()] : [];
  }

  issue(effect: Effect): void {
    this.#clockUs += 1;
    const seen = new Map(this.applied);
    const operation = { origin: this.name, seq: this.issued.length + 1, hlcUs: this.#clockUs, seen, effect };
    this.issued.push(operation);
    if (effect.kind === "pop") this.#copies.pop(effect.key, effect.side, 1);
    else this.#copies.follow(effect);
    this.#carryOut({ kind: "apply", effect });
    this.#logs.admitOwn(operation);
    this.#copies.forgetFoundations();
  }

  /** Says the whole of keys whose type is disputed. False: there was none. */
  sayDisputed(): boolean {
    const keys = this.#logs.takeDisputed();
    for (const key of keys) this.issue(this.#wholeOf(key));
    return keys.length > 0;
  }

  #wholeOf(key: Bytes): Effect {
    const content = this.#data.get(key);
    const ttl = { kind: "none" } as const;
    if (content === undefined) return { kind: "del", key, cause: "client" };
    if (content.type === "string") return { kind: "set", key, value: content.value, ttl };
    const cells =
      content.type === "list"
        ? content.values.map((value) => ({ cell: "", value }))
        : [...content.cells].map(([cell, value]) => ({ cell, value }));
    return { kind: "state", key, type: content.type, cells, ttl };
  }

  /** Whether everything that the operation depends on is here. */
  canTake(operation: Operation): boolean {
    if (operation.seq !== (this.applied.get(operation.origin) ?? 0) + 1) return false;
    return [...operation.seen].every(([origin, seq]) => origin === this.name || (this.applied.get(origin) ?? 0) >= seq);
  }

  take(operation: Operation): void {
    for (const change of this.#logs.admitRemote(operation)) this.#carryOut(change);
    this.#clockUs = Math.max(this.#clockUs, operation.hlcUs);
    this.applied.set(operation.origin, operation.seq);
  }

  /** Hears how far another member is, and forgets what nothing concurrent can come to any more. */
  hear(other: ModelMember, members: readonly string[]): void {
    const applied = new Map(other.applied).set(other.name, other.issued.length);
    this.#stability.acknowledge(other.name, { origin: other.name, issued: other.issued.length, applied });
    const mine = new Map(this.applied).set(this.name, this.issued.length);
    const stable = this.#stability.stable(
      mine,
      members.filter((member) => member !== this.name),
    );
    this.#logs.dropStable(coveredBy(stable));
  }

  /** Type-aware, order ignored where redis has none. */
  dump(): Record<Bytes, unknown> {
    const shown = [...this.#data].map(([key, content]) => [
      key,
      "cells" in content ? [content.type, Object.fromEntries(content.cells)] : content,
    ]);
    return Object.fromEntries(shown);
  }

  /** What the decisions believe the lists to be. */
  copiesAgree(): boolean {
    return [...this.#data].every(
      ([key, content]) => content.type !== "list" || content.values.join() === (this.#copies.get(key) ?? []).join(),
    );
  }

  #carryOut(change: Change): void {
    if (change.kind === "apply") this.#applyEffect(change.effect);
    else if (change.kind === "delete") this.#data.delete(change.key);
    else if (change.kind === "put-string") this.#data.set(change.key, { type: "string", value: change.value });
    else if (change.kind === "put-list") this.#putList(change.key, change.values);
    else if (change.kind === "put-cell")
      this.#cell(change.key, change.type, (cells) => cells.set(change.cell, change.value));
    else if (change.kind === "drop-cell") this.#cell(change.key, change.type, (cells) => cells.delete(change.cell));
    else if (change.kind === "put-collection") {
      const cells = new Map(change.cells.map(({ cell, value }) => [cell, value]));
      this.#data.set(change.key, { type: change.type, cells });
    }
  }

  #applyEffect(effect: Effect): void {
    const { key } = effect;
    switch (effect.kind) {
      case "set":
        this.#data.set(key, { type: "string", value: effect.value });
        return;
      case "del":
        this.#data.delete(key);
        return;
      case "incr":
        return this.#increase(key, effect.by);
      case "add":
        return this.#cell(key, effect.type, (cells) => cells.set(effect.cell, effect.value));
      case "remove":
        return this.#cell(key, effect.type, (cells) => cells.delete(effect.cell));
      case "increase":
        return this.#cell(key, effect.type, (cells) => increaseCell(cells, effect));
      case "push":
        return this.#putList(
          key,
          effect.side === "left" ? [effect.value, ...this.listOf(key)] : [...this.listOf(key), effect.value],
        );
      case "pop":
        return this.#pop(effect);
      case "state":
        this.#data.delete(key);
        return this.#applyState(effect);
      case "expire":
      case "persist":
        return;
    }
  }

  #increase(key: Bytes, by: Bytes): void {
    const content = this.#data.get(key);
    const before = content === undefined ? 0n : content.type === "string" ? parseInteger(content.value) : undefined;
    if (before !== undefined) this.#data.set(key, { type: "string", value: sumOfIntegers(before, [by]) });
  }

  #pop({ key, side, value }: Extract<Effect, { kind: "pop" }>): void {
    const values = this.listOf(key);
    const at = side === "left" ? values.indexOf(value) : values.lastIndexOf(value);
    if (at !== -1) this.#putList(key, values.toSpliced(at, 1));
  }

  #applyState(effect: Extract<Effect, { kind: "state" }>): void {
    if (effect.cells.length === 0) return;
    if (effect.type === "list")
      return this.#putList(
        effect.key,
        effect.cells.map(({ value }) => value),
      );
    this.#data.set(effect.key, {
      type: effect.type,
      cells: new Map(effect.cells.map(({ cell, value }) => [cell, value])),
    });
  }

  #putList(key: Bytes, values: readonly Bytes[]): void {
    const content = this.#data.get(key);
    if (content !== undefined && content.type !== "list" && values.length > 0) this.#data.delete(key);
    if (values.length === 0) this.#data.delete(key);
    else this.#data.set(key, { type: "list", values });
  }

  #cell(key: Bytes, type: Exclude<KeyType, "string" | "list">, change: (cells: Map<Bytes, Bytes>) => void): void {
    const content = this.#data.get(key);
    if (content !== undefined && content.type !== type) return;
    const cells = new Map(content !== undefined && "cells" in content ? content.cells : []);
    change(cells);
    if (cells.size === 0) this.#data.delete(key);
    else this.#data.set(key, { type, cells });
  }
}

function increaseCell(cells: Map<Bytes, Bytes>, { type, cell, by }: Extract<Effect, { kind: "increase" }>): void {
  const before = cells.get(cell) ?? "0";
  if (type === "zset") {
    cells.set(cell, sumOfScores(before, [by]));
    return;
  }
  const number = parseInteger(before);
  if (number !== undefined) cells.set(cell, sumOfIntegers(number, [by]));
}

/** Delivers until nobody lacks anything. */
export function deliverAll(members: readonly ModelMember[]): void {
  for (let progress = true; progress;) {
    progress = false;
    for (const to of members) progress = to.sayDisputed() || progress;
    for (const to of members) for (const from of members) progress = deliverNext(to, from) || progress;
  }
}

/** The next operation of one member to another, when what it depends on is there. */
export function deliverNext(to: ModelMember, from: ModelMember): boolean {
  const next = from === to ? undefined : from.issued[to.applied.get(from.name) ?? 0];
  if (next === undefined || !to.canTake(next)) return false;
  to.take(next);
  return true;
}
