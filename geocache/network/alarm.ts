export type Alarm = {
  /** Calls `ring` once at `dueMs` of `performance.now()`, as near to it as can be, never earlier. */
  at(dueMs: number, ring: () => void): void;
};

type Appointment = { readonly dueMs: number; readonly order: number; readonly ring: () => void };

/** Node's timers are late by up to a millisecond or more: the last stretch is polled instead. */
const spinWindowMs = 1.2;
/** Of every `dutyWindowMs` at most this long is polled, so that steady traffic does not take a whole core. */
const spinBudgetMs = 20;
const dutyWindowMs = 100;

/** One for the whole process: a heap of appointments, a timer that rings early, and a bounded spin for the rest. */
export function createAlarm(): Alarm {
  const heap = createHeap();
  let timer: NodeJS.Timeout | undefined;
  let timerMs = Infinity;
  let spinning = false;
  const duty = createDuty();

  const spin = (): void => {
    spinning = false;
    ringDue();
    arrange();
  };
  const ringDue = (): void => {
    for (let next = heap.peek(); next && next.dueMs <= performance.now(); next = heap.peek()) {
      heap.pop();
      next.ring();
    }
  };
  const onTimer = (): void => {
    timer = undefined;
    timerMs = Infinity;
    ringDue();
    arrange();
  };
  const arrange = (): void => {
    if (spinning) return;
    const next = heap.peek();
    if (!next) return duty.pause();
    const nowMs = performance.now();
    const leftMs = next.dueMs - nowMs;
    if (leftMs <= spinWindowMs && duty.maySpin(nowMs)) {
      spinning = true;
      setImmediate(spin);
      return;
    }
    duty.pause();
    if (timer && timerMs <= next.dueMs) return;
    clearTimeout(timer);
    timerMs = next.dueMs;
    timer = setTimeout(onTimer, Math.max(1, Math.floor(leftMs - spinWindowMs + 0.5)));
  };
  return {
    at(dueMs, ring) {
      heap.push(dueMs, ring);
      arrange();
    },
  };
}

/** Adds up the time spent polling in the current window. */
function createDuty(): { maySpin(nowMs: number): boolean; pause(): void } {
  let windowStartMs = 0;
  let spentMs = 0;
  let lastSpinMs: number | undefined;
  return {
    maySpin(nowMs) {
      if (nowMs - windowStartMs > dutyWindowMs) {
        windowStartMs = nowMs;
        spentMs = 0;
      }
      if (lastSpinMs !== undefined) spentMs += nowMs - lastSpinMs;
      lastSpinMs = nowMs;
      return spentMs < spinBudgetMs;
    },
    pause() {
      lastSpinMs = undefined;
    },
  };
}

type Heap = { push(dueMs: number, ring: () => void): void; peek(): Appointment | undefined; pop(): void };

/** A binary heap by due time; equals leave in the order in which they came. */
function createHeap(): Heap {
  const items: Appointment[] = [];
  let order = 0;
  const before = (a: number, b: number): boolean => {
    const left = items[a];
    const right = items[b];
    if (!left || !right) return false;
    return left.dueMs === right.dueMs ? left.order < right.order : left.dueMs < right.dueMs;
  };
  const swap = (a: number, b: number): void => {
    const kept = items[a];
    const other = items[b];
    if (!kept || !other) return;
    items[a] = other;
    items[b] = kept;
  };
  const sink = (): void => {
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      const child = before(left + 1, left) ? left + 1 : left;
      if (!before(child, at)) return;
      swap(at, child);
      at = child;
    }
  };
  return {
    push(dueMs, ring) {
      items.push({ dueMs, ring, order: order++ });
      for (let at = items.length - 1; at > 0;) {
        const parent = (at - 1) >> 1;
        if (!before(at, parent)) return;
        swap(at, parent);
        at = parent;
      }
    },
    peek: () => items[0],
    pop() {
      const last = items.pop();
      if (!last || items.length === 0) return;
      items[0] = last;
      sink();
    },
  };
}
