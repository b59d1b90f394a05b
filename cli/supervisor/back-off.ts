/** Waits before the first, second … restart in a row, so that a process that cannot start does not take the machine. */
const delaysMs = [0, 250, 500, 1000, 2000, 5000] as const;
/** A process that held this long starts again at the first wait. */
const STEADY_AFTER_MS = 10_000;

export type BackOff = {
  /** Whether a start is due; a due one counts. Times in milliseconds of one clock. */
  readonly due: (nowMs: number) => boolean;
  readonly seenHealthy: (nowMs: number) => void;
};

export function createBackOff(): BackOff {
  let starts = 0;
  let notBeforeMs = 0;
  let steadySinceMs: number | undefined;
  return {
    due(nowMs) {
      steadySinceMs = undefined;
      if (nowMs < notBeforeMs) return false;
      starts += 1;
      notBeforeMs = nowMs + (delaysMs[Math.min(starts, delaysMs.length - 1)] ?? 0);
      return true;
    },
    seenHealthy(nowMs) {
      steadySinceMs ??= nowMs;
      if (nowMs - steadySinceMs >= STEADY_AFTER_MS) starts = 0;
    },
  };
}
