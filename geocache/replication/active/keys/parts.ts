import { observed, type Bytes, type KeyType, type Operation, type OriginId } from "../operation.ts";
import { isOfPart, supersedes } from "../rules/scope.ts";

type Saved = { readonly part: Bytes; readonly operations: Operation[] | undefined; readonly length: number };

/** What a new operation of one part found there. */
export type PartFound = {
  /** The operations of that part before; none for an increment where they could not matter to it. */
  readonly before: readonly Operation[];
  /** Those that still take part in decisions, the new one among them. */
  readonly visible: readonly Operation[];
  /** Whether something of the whole key may not have been seen by the new one's issuer; rather too often than never. */
  readonly concurrentInKey: boolean;
};

/**
 * The visible operations of a key that all concern parts of one type: cells of a collection, or increments of a
 * counter. Parts never meet each other, so that a leaderboard with a hundred thousand of them, or a counter with as
 * many increments, costs no more for each than a small one: while a member is away nothing of it becomes stable.
 */
export class Parts {
  readonly type: KeyType;
  readonly #parts = new Map<Bytes, Operation[]>();
  readonly #latest = new Map<OriginId, number>();
  /** Parts that were ever taken out. */
  readonly #removed = new Set<Bytes>();
  #saved: Saved[] | undefined;

  constructor(type: KeyType) {
    this.type = type;
  }

  /** Whether the key may have been empty for a moment. */
  get canEmpty(): boolean {
    return this.#removed.size > 0;
  }

  /** Whether the operation can be kept here. */
  takes(operation: Operation): boolean {
    return isOfPart(operation.effect) && typeOfPart(operation) === this.type;
  }

  admit(operation: Operation): PartFound {
    const part = partOf(operation);
    const found = this.#parts.get(part);
    const concurrentInKey = this.#isConcurrent(operation);
    this.#saved?.push({ part, operations: found, length: found?.length ?? 0 });
    if (operation.effect.kind === "remove") this.#removed.add(part);
    const before = isIncrement(operation) && !this.#removed.has(part) ? [] : [...(found ?? [])];
    const visible = isIncrement(operation) ? (found ?? []) : keptBeside(operation, before);
    // An increment supersedes nothing: it is put behind the others in place.
    visible.push(operation);
    this.#parts.set(part, visible);
    this.#latest.set(operation.origin, Math.max(operation.seq, this.#latest.get(operation.origin) ?? 0));
    return { before, visible, concurrentInKey };
  }

  all(): Operation[] {
    return [...this.#parts.values()].flat();
  }

  /** Drops what is stable; false when nothing is left. */
  dropStable(isStable: (operation: Operation) => boolean): boolean {
    for (const [part, operations] of this.#parts) {
      const kept = operations.filter((operation) => !isStable(operation));
      if (kept.length === 0) this.#parts.delete(part);
      else if (kept.length < operations.length) this.#parts.set(part, kept);
    }
    return this.#parts.size > 0;
  }

  /** From here on everything can be taken back, until `commit`. */
  begin(): void {
    this.#saved ??= [];
  }

  commit(): void {
    this.#saved = undefined;
  }

  rollBack(): void {
    for (const { part, operations, length } of this.#saved?.toReversed() ?? []) {
      operations?.splice(length);
      if (operations === undefined) this.#parts.delete(part);
      else this.#parts.set(part, operations);
    }
    this.#saved = undefined;
  }

  #isConcurrent(operation: Operation): boolean {
    return [...this.#latest].some(
      ([origin, seq]) => origin !== operation.origin && seq > (operation.seen.get(origin) ?? 0),
    );
  }
}

function keptBeside(operation: Operation, before: readonly Operation[]): Operation[] {
  return before.filter((earlier) => !(observed(operation, earlier) && supersedes(operation, earlier)));
}

/** The type of what an operation of one part belongs to; undefined for any other operation. */
export function typeOfPart({ effect }: Operation): KeyType | undefined {
  if (!isOfPart(effect)) return undefined;
  return effect.kind === "incr" ? "string" : effect.type;
}

function partOf({ effect }: Operation): Bytes {
  return "cell" in effect ? effect.cell : "";
}

function isIncrement({ effect }: Operation): boolean {
  return effect.kind === "incr" || effect.kind === "increase";
}
