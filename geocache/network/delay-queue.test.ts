import { describe, expect, it } from "vitest";
import { createDelayQueue } from "./delay-queue.ts";

const data = (text: string) => ({ kind: "data", chunk: Buffer.from(text) }) as const;

describe("the delay queue", () => {
  it("lets the head leave a delay after its arrival", () => {
    const queue = createDelayQueue(() => 0.5);
    queue.push(data("a"), 100);
    expect(queue.headDueMs({ latencyMs: 20, jitterMs: 4 })).toBe(122);
    expect(queue.headDueMs({ latencyMs: 0, jitterMs: 0 })).toBe(100);
  });

  it("never reorders, cuts data to the asked size and counts what waits", () => {
    const queue = createDelayQueue();
    queue.push(data("abc"), 0);
    queue.push({ kind: "end" }, 1);
    expect(queue.take(2)).toEqual(data("ab"));
    expect(queue.bytes).toBe(1);
    expect(queue.take(2)).toEqual(data("c"));
    expect(queue.take(2)).toEqual({ kind: "end" });
    expect(queue.take(2)).toBeUndefined();
    expect([queue.bytes, queue.headDueMs({ latencyMs: 1, jitterMs: 0 })]).toEqual([0, undefined]);
  });
});
