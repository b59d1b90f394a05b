import { setTimeout as sleep } from "node:timers/promises";

const neverNotified = new Int32Array(new SharedArrayBuffer(4));

/** How late the kernel ends a timed wait of this thread (a futex; nanosleep ends the same way), in ms. */
export function kernelLatenessMs(waitMs: number): number {
  const startMs = performance.now();
  Atomics.wait(neverNotified, 0, 0, waitMs);
  return performance.now() - startMs - waitMs;
}

/** How late Node's timer is, in ms; negative when it is early, which happens. */
export async function timerLatenessMs(waitMs: number): Promise<number> {
  const startMs = performance.now();
  await sleep(waitMs);
  return performance.now() - startMs - waitMs;
}
