import type { Socket } from "node:net";
import type { Alarm } from "./alarm.ts";
import type { DirectionEffect } from "./conditions.ts";
import { createDelayQueue, type DelayItem } from "./delay-queue.ts";

/** One direction of a link, shared by its connections, so that a change of conditions is one assignment. */
export type Direction = {
  effect: DirectionEffect;
  /** When the paced line is free again. */ freeAtMs: number;
  bytes: number;
};

export type PumpOptions = {
  readonly source: Socket;
  readonly sink: Socket;
  readonly direction: Direction;
  readonly alarm: Alarm;
};

export type Pump = {
  /** The source has read this; it is copied. */
  receive(bytes: Uint8Array): void;
  /** From now on the sink may be written to. */
  open(): void;
  /** Conditions have changed: looks again. */
  kick(): void;
  /** Queues a reset of the sink behind what is under way. */
  reset(): void;
};

/** What waits per connection and direction before its source is slowed down; about what kernels buffer. */
const maxQueuedBytes = 8 * 1024 * 1024;
/** A paced line is fed in pieces of this duration, and may make up for a late timer by as much as four. */
const paceMs = 5;

/** Moves bytes, the end and resets of one side to the other, in order and after the direction's delay. */
export function createPump(options: PumpOptions): Pump {
  const { source, sink, direction, alarm } = options;
  const queue = createDelayQueue();
  let isOpen = false;
  let sinkIsFull = false;
  let wakeMs = Infinity;

  const deliver = (item: DelayItem): void => {
    if (item.kind === "reset") return void sink.resetAndDestroy();
    if (sink.destroyed) return;
    if (item.kind === "end") return void sink.end();
    direction.bytes += item.chunk.length;
    if (sink.write(item.chunk)) return;
    sinkIsFull = true;
    source.pause();
  };
  const offer = (item: DelayItem): void => {
    if (isOpen && !sinkIsFull && queue.isEmpty && isPlain(direction.effect)) return deliver(item);
    queue.push(item, performance.now());
    if (queue.bytes >= maxQueuedBytes) source.pause();
    run();
  };
  const wakeAt = (dueMs: number): void => {
    if (dueMs >= wakeMs) return;
    wakeMs = dueMs;
    alarm.at(dueMs, () => {
      if (wakeMs === dueMs) wakeMs = Infinity;
      run();
    });
  };
  const run = (): void => {
    while (isOpen && !direction.effect.held && !sinkIsFull) {
      const dueMs = queue.headDueMs(direction.effect);
      if (dueMs === undefined) break;
      const nowMs = performance.now();
      const leaveMs = Math.max(dueMs, direction.freeAtMs);
      if (leaveMs > nowMs) {
        wakeAt(leaveMs);
        break;
      }
      const item = queue.take(pieceBytes(direction.effect));
      if (item?.kind === "data") occupy(direction, item.chunk.length, nowMs);
      if (item) deliver(item);
      // Those who wait for the paced line go first: this pump asks again a moment after them.
      if (direction.freeAtMs > nowMs && queue.headDueMs(direction.effect) !== undefined) {
        wakeAt(direction.freeAtMs + 0.01);
        break;
      }
    }
    if (source.isPaused() && !sinkIsFull && queue.bytes <= maxQueuedBytes / 2) source.resume();
  };

  source.on("end", () => offer({ kind: "end" }));
  sink.on("drain", () => {
    sinkIsFull = false;
    run();
  });
  return {
    receive: (bytes) => offer({ kind: "data", chunk: Buffer.from(bytes) }),
    open() {
      isOpen = true;
      run();
    },
    kick: run,
    reset: () => offer({ kind: "reset" }),
  };
}

function isPlain(effect: DirectionEffect): boolean {
  return !effect.held && effect.latencyMs === 0 && effect.jitterMs === 0 && effect.bytesPerSecond === Infinity;
}

function pieceBytes(effect: DirectionEffect): number {
  return Math.max(1, Math.ceil((effect.bytesPerSecond * paceMs) / 1000));
}

function occupy(direction: Direction, bytes: number, nowMs: number): void {
  if (direction.effect.bytesPerSecond === Infinity) return;
  const fromMs = Math.max(direction.freeAtMs, nowMs - 4 * paceMs);
  direction.freeAtMs = fromMs + (bytes * 1000) / direction.effect.bytesPerSecond;
}
