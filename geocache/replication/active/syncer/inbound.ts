import type { Operation, OriginId } from "../operation.ts";
import { covers, type VersionVector } from "../version-vector.ts";

/** At least one operation is taken, however large it is. */
type Limits = { readonly operations: number; readonly bytes: number };
type Room = { operations: number; bytes: number };

/** Operations that came and wait for what they depend on: delivery is causal, and each is delivered once. */
export class Inbound {
  readonly #queues = new Map<OriginId, Operation[]>();
  /** Also of what has been taken and is being applied. */
  readonly #received = new Map<OriginId, number>();

  get size(): number {
    let sum = 0;
    for (const queue of this.#queues.values()) sum += queue.length;
    return sum;
  }

  /** Operations of one origin in order; those already here or applied are passed over, a gap is an error. */
  add(operations: readonly Operation[], applied: VersionVector): void {
    const [first] = operations;
    if (first === undefined) return;
    const queue = this.#queues.get(first.origin) ?? [];
    this.#queues.set(first.origin, queue);
    let last = Math.max(this.#received.get(first.origin) ?? 0, applied.get(first.origin) ?? 0);
    if (first.seq > last + 1) throw new RangeError(`operations ${last + 1} to ${first.seq - 1} are missing`);
    for (const operation of operations) {
      if (operation.seq <= last) continue;
      queue.push(operation);
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
  take(applied: VersionVector, limits: Limits): Operation[] {
    const reached = new Map(applied);
    const taken: Operation[] = [];
    const rest = { ...limits };
    for (let progress = true; progress && rest.operations > 0 && rest.bytes > 0;) {
      progress = false;
      for (const [origin, queue] of this.#queues) {
        const count = countReady(queue, reached, rest);
        if (count === 0) continue;
        progress = true;
        for (const operation of queue.splice(0, count)) taken.push(operation);
        reached.set(origin, taken.at(-1)?.seq ?? 0);
      }
    }
    return taken;
  }
}

/** How many can be applied of those that `rest` has room for; it is taken up by them. */
function countReady(queue: readonly Operation[], reached: VersionVector, rest: Room): number {
  let count = 0;
  while (rest.operations > 0 && rest.bytes > 0) {
    const operation = queue[count];
    if (operation === undefined || !covers(reached, operation.seen, operation.origin)) break;
    rest.operations -= 1;
    rest.bytes -= sizeOf(operation);
    count += 1;
  }
  return count;
}

function sizeOf({ effect }: Operation): number {
  const value = "value" in effect ? effect.value.length : 0;
  const cells = effect.kind === "state" ? effect.cells : [];
  return cells.reduce((sum, one) => sum + one.cell.length + one.value.length, effect.key.length + value);
}
