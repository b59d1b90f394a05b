export type DelayItem =
  | { readonly kind: "data"; readonly chunk: Buffer }
  | { readonly kind: "end" }
  | { readonly kind: "reset" };

type Entry = { item: DelayItem; readonly arrivedMs: number; readonly jitterShare: number };

type Delay = { readonly latencyMs: number; readonly jitterMs: number };

/**
 * First in, first out, each entry stamped at its arrival. When an entry is due is computed when asked, so that a
 * changed delay holds at once for what already waits; only the head can leave, so jitter never reorders.
 */
export type DelayQueue = {
  push(item: DelayItem, arrivedMs: number): void;
  /** When the head may leave, in the caller's milliseconds; undefined when nothing waits. */
  headDueMs(delay: Delay): number | undefined;
  /** Takes the head, or at most `maxBytes` of it when it is data. */
  take(maxBytes: number): DelayItem | undefined;
  readonly bytes: number;
  readonly isEmpty: boolean;
};

export function createDelayQueue(random: () => number = Math.random): DelayQueue {
  let entries: Entry[] = [];
  let first = 0;
  let bytes = 0;
  const drop = (): void => {
    first += 1;
    if (first < 1024 && first < entries.length) return;
    entries = entries.slice(first);
    first = 0;
  };
  return {
    push(item, arrivedMs) {
      entries.push({ item, arrivedMs, jitterShare: random() });
      bytes += item.kind === "data" ? item.chunk.length : 0;
    },
    headDueMs(delay) {
      const head = entries[first];
      return head && head.arrivedMs + delay.latencyMs + delay.jitterMs * head.jitterShare;
    },
    take(maxBytes) {
      const head = entries[first];
      if (!head) return undefined;
      if (head.item.kind === "data" && head.item.chunk.length > maxBytes) {
        const piece = head.item.chunk.subarray(0, maxBytes);
        head.item = { kind: "data", chunk: head.item.chunk.subarray(maxBytes) };
        bytes -= piece.length;
        return { kind: "data", chunk: piece };
      }
      drop();
      bytes -= head.item.kind === "data" ? head.item.chunk.length : 0;
      return head.item;
    },
    get bytes() {
      return bytes;
    },
    get isEmpty() {
      return first === entries.length;
    },
  };
}
