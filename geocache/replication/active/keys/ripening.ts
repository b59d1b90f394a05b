import type { Operation, OriginId, Stamp } from "../operation.ts";

/** Where in an origin's queue its first operation stands that has not become stable yet. */
type Queue = { readonly operations: Operation[]; first: number };

const COMPACT_AFTER = 10_000;

/** Operations become stable in the order of their sequence: so only those are looked at that just did. */
export class Ripening {
  readonly #queues = new Map<OriginId, Queue>();

  /** In the order of each origin's sequence; one that was taken back may come again. */
  add(operation: Operation): void {
    const queue = this.#queues.get(operation.origin);
    if (queue === undefined) this.#queues.set(operation.origin, { operations: [operation], first: 0 });
    else queue.operations.push(operation);
  }

  /** Operations that have become stable since it was last asked. */
  take(isStable: (stamp: Pick<Stamp, "origin" | "seq">) => boolean): Operation[] {
    const ripe: Operation[] = [];
    for (const queue of this.#queues.values()) {
      const { operations } = queue;
      for (let next = operations[queue.first]; next !== undefined && isStable(next); next = operations[queue.first]) {
        ripe.push(next);
        queue.first += 1;
      }
      compact(queue);
    }
    return ripe;
  }
}

function compact(queue: Queue): void {
  if (queue.first < COMPACT_AFTER && queue.first < queue.operations.length) return;
  queue.operations.splice(0, queue.first);
  queue.first = 0;
}
