import type { LoggedOperation } from "../codec/logged-operation.ts";
import type { OriginId } from "../operation.ts";
import { covers, type VersionVector } from "../version-vector.ts";

/** At least one operation is taken, however large it is. */
type Limits = { readonly operations: number; readonly bytes: number };
/** What lies before `first` has been taken. */
type Queue = { operations: LoggedOperation[]; first: number };
type Room = { operations: number; bytes: number };

/** Operations that came and wait for what they depend on: delivery is causal, and each is delivered once. */
export class Inbound {
  readonly #queues = new Map<OriginId, Queue>();
  /** Also of what has been taken and is being applied. */
  readonly #received = new Map<OriginId, number>();

  get size(): number {
    let sum = 0;
    for (const { operations, first } of this.#queues.values()) sum += operations.length - first;
    return sum;
  }

  /** Operations of one origin in order; those already here or applied are passed over, a gap is an error. */
  add(operations: readonly LoggedOperation[], applied: VersionVector): void {
    const [first] = operations;
    if (first === undefined) return;
    const queue = this.#queues.get(first.origin) ?? { operations: [], first: 0 };
    this.#queues.set(first.origin, queue);
    let last = Math.max(this.#received.get(first.origin) ?? 0, applied.get(first.origin) ?? 0);
    if (first.seq > last + 1) throw new RangeError(`operations ${last + 1} to ${first.seq - 1} are missing`);
    for (const operation of operations) {
      if (operation.seq <= last) continue;
      queue.operations.push(operation);
      last = operation.seq;
    }
    this.#received.set(first.origin, last);
  }

  /** Forgets what has come and was not taken: it can be had again. */
  clear(): void {
    this.#queues.clear();
    this.#received.clear();
  }

  /** The next operations whose dependencies are met, within the limits, in an order in which they can be applied. */
  take(applied: VersionVector, limits: Limits): LoggedOperation[] {
    const reached = new Map(applied);
    const taken: LoggedOperation[] = [];
    const rest = { ...limits };
    for (let progress = true; progress && rest.operations > 0 && rest.bytes > 0;) {
      progress = false;
      for (const [origin, queue] of this.#queues) {
        const count = countReady(queue, reached, rest);
        if (count === 0) continue;
        progress = true;
        for (const operation of takeFirst(queue, count)) taken.push(operation);
        reached.set(origin, taken.at(-1)?.seq ?? 0);
      }
    }
    return taken;
  }
}

/**
 * How many can be applied of those that `rest` has room for; it is taken up by them. Where room ends in the middle of a
 * batch, the batches before it are enough: whoever applies all of a batch need not write it anew.
 */
function countReady({ operations, first }: Queue, reached: VersionVector, rest: Room): number {
  let [count, whole] = [0, 0];
  let before: LoggedOperation | undefined;
  for (; rest.operations > 0 && rest.bytes > 0; count += 1) {
    const operation = operations[first + count];
    if (operation === undefined || !isReady(operation, before, reached)) return count;
    if (before !== undefined && operation.source !== before.source) whole = count;
    before = operation;
    rest.operations -= 1;
    rest.bytes -= operation.byteLength;
  }
  return operations[first + count]?.source === before?.source && whole > 0 ? whole : count;
}

/** Most operations of a batch have seen the same as the one before. */
function isReady(operation: LoggedOperation, before: LoggedOperation | undefined, reached: VersionVector): boolean {
  return operation.seen === before?.seen || covers(reached, operation.seen, operation.origin);
}

function takeFirst(queue: Queue, count: number): readonly LoggedOperation[] {
  const { operations, first } = queue;
  const taken = operations.slice(first, first + count);
  queue.first += count;
  if (queue.first * 2 > operations.length) {
    queue.operations = operations.slice(queue.first);
    queue.first = 0;
  }
  return taken;
}
