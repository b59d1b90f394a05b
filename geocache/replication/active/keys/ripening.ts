import type { Bytes, OriginId, Stamp } from "../operation.ts";

/** Where in an origin's queue its first operation stands that has not become stable yet. */
type Queue = { readonly seqs: number[]; readonly keys: Bytes[]; first: number };

const COMPACT_AFTER = 10_000;

/** Operations become stable in the order of their sequence: so only keys are looked at of which one just did. */
export class Ripening {
  readonly #queues = new Map<OriginId, Queue>();

  /** In the order of each origin's sequence; one that was taken back may come again. */
  add({ origin, seq }: Stamp, key: Bytes): void {
    const queue = this.#queues.get(origin) ?? { seqs: [], keys: [], first: 0 };
    this.#queues.set(origin, queue);
    queue.seqs.push(seq);
    queue.keys.push(key);
  }

  /** Keys of operations that have become stable since it was last asked. */
  take(isStable: (stamp: Pick<Stamp, "origin" | "seq">) => boolean): Set<Bytes> {
    const keys = new Set<Bytes>();
    for (const [origin, queue] of this.#queues) {
      for (let seq = queue.seqs[queue.first]; seq !== undefined; seq = queue.seqs[queue.first]) {
        if (!isStable({ origin, seq })) break;
        keys.add(queue.keys[queue.first] ?? "");
        queue.first += 1;
      }
      compact(queue);
    }
    return keys;
  }
}

function compact(queue: Queue): void {
  if (queue.first < COMPACT_AFTER && queue.first < queue.seqs.length) return;
  queue.seqs.splice(0, queue.first);
  queue.keys.splice(0, queue.first);
  queue.first = 0;
}
