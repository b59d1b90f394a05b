import { describe, expect, it } from "vitest";
import { HybridClock } from "../hybrid-clock.ts";
import type { Bytes } from "../operation.ts";
import { Capture, type KeyContent, type Look } from "./capture.ts";
import { effect, type Captured } from "./captured.ts";
import { ListCopies } from "./lists.ts";
import { cutBefore, type CaptureItem } from "./placed.ts";

const NOTHING_SEEN = new Map<string, number>();

function newCapture(): Capture {
  const clock = new HybridClock(0);
  return new Capture({ origin: "m0/1", lastSeq: 0, seen: NOTHING_SEEN, clock, lists: new ListCopies(true) });
}

function takeAt(capture: Capture, offset: number, captured: Captured): void {
  capture.position = { offset, database: 0, seen: NOTHING_SEEN };
  capture.take(captured);
}

function lookAt(offset: number, key: Bytes, value: Bytes): Look {
  const content: KeyContent = { type: "string", value, ttl: { kind: "none" } };
  return { offset, found: [{ kind: "key", key, content }] };
}

function texts(items: readonly CaptureItem[]): string[] {
  return items.map(
    ({ operation: { seq, effect: one } }) => `${seq} ${one.key}=${"value" in one ? one.value : one.kind}`,
  );
}

const increment = effect({ kind: "incr", key: "n", by: "1" });
const setTo = (key: Bytes, value: Bytes): Captured => effect({ kind: "set", key, value, ttl: { kind: "none" } });

describe("what waits for a look at the data", () => {
  it("holds back what came behind it, and stands where the look was taken", () => {
    const capture = newCapture();
    takeAt(capture, 100, { kind: "unknown-key", key: "s" });
    takeAt(capture, 150, increment);
    expect(capture.takeReady()).toEqual([]);
    takeAt(capture, 220, increment);
    capture.resolve(lookAt(200, "s", "appended"));
    expect(texts(capture.takeReady())).toEqual(["1 n=incr", "2 s=appended", "3 n=incr"]);
  });

  it("takes in what its key went through up to the look, and keeps what came later in its place", () => {
    const capture = newCapture();
    takeAt(capture, 100, { kind: "unknown-key", key: "s" });
    takeAt(capture, 150, setTo("s", "before the look"));
    takeAt(capture, 205, setTo("s", "after the look"));
    takeAt(capture, 210, increment);
    capture.resolve(lookAt(200, "s", "seen"));
    expect(texts(capture.takeReady())).toEqual(["1 s=seen", "2 s=after the look", "3 n=incr"]);
  });

  it("does not let a time to live that was read earlier follow a later one", () => {
    const capture = newCapture();
    capture.position = { offset: 100, database: 0, seen: NOTHING_SEEN };
    capture.settle({ kind: "ttl", key: "s" });
    takeAt(capture, 210, effect({ kind: "expire", key: "s", atMs: 9000 }));
    capture.resolve({ offset: 200, found: [{ kind: "ttl", key: "s", ttl: { kind: "at", atMs: 5000 } }] });
    expect(capture.takeReady().map(({ operation }) => operation.effect)).toEqual([
      { kind: "expire", key: "s", atMs: 5000 },
      { kind: "expire", key: "s", atMs: 9000 },
    ]);
  });
});

describe("a time to live that was set while a cell waits for a look", () => {
  const greater: Captured = { kind: "unknown-cell", key: "z", type: "zset", cell: "a" };
  const scored: Look = { offset: 200, found: [{ kind: "cell", key: "z", type: "zset", cell: "a", value: "1" }] };
  const inAnHour: Captured = effect({ kind: "expire", key: "z", atMs: 9000 });
  const kinds = (capture: Capture): string[] => capture.takeReady().map(({ operation }) => operation.effect.kind);

  it("stands behind the cell: elsewhere there may be no such key before it", () => {
    const capture = newCapture();
    takeAt(capture, 100, greater);
    takeAt(capture, 150, inAnHour);
    takeAt(capture, 210, effect({ kind: "persist", key: "z" }));
    capture.resolve(scored);
    expect(kinds(capture)).toEqual(["add", "expire", "persist"]);
  });

  it("ends with the key", () => {
    const capture = newCapture();
    takeAt(capture, 100, greater);
    takeAt(capture, 150, inAnHour);
    takeAt(capture, 160, { kind: "deletion", key: "z", unlessAnnounced: "client" });
    takeAt(capture, 170, effect({ kind: "add", key: "z", type: "zset", cell: "b", value: "2" }));
    capture.resolve({ offset: 200, found: [{ kind: "cell", key: "z", type: "zset", cell: "a", value: undefined }] });
    expect(kinds(capture)).toEqual(["del", "add", "remove"]);
  });
});

describe("a position to resume from", () => {
  it("is never in between what a look put behind others and where it began", () => {
    const capture = newCapture();
    takeAt(capture, 100, { kind: "unknown-key", key: "s" });
    takeAt(capture, 150, increment);
    takeAt(capture, 160, increment);
    capture.resolve(lookAt(200, "s", "appended"));
    takeAt(capture, 250, increment);
    const ready = capture.takeReady();
    // Cut behind the first increment, a new syncer would either count it twice or never say what was appended.
    expect([1, 2, 3, 4].map((limit) => cutBefore(ready, limit))).toEqual([0, 0, 3, 4]);
  });

  it("is never inside a transaction", () => {
    const capture = newCapture();
    takeAt(capture, 100, increment);
    takeAt(capture, 150, increment);
    takeAt(capture, 150, setTo("s", "in the same transaction"));
    const ready = capture.takeReady();
    expect([1, 2, 3].map((limit) => cutBefore(ready, limit))).toEqual([1, 1, 3]);
  });

  it("of something that is said anew lies behind what was read, in the database of that place", () => {
    const capture = newCapture();
    takeAt(capture, 100, increment);
    capture.takeReady();
    capture.position = { offset: 180, database: 1, seen: NOTHING_SEEN };
    capture.settle({ kind: "key", key: "s" });
    expect(capture.firstOpen).toEqual({ offset: 180, database: 1, seen: NOTHING_SEEN });
  });
});
