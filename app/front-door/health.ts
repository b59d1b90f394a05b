/** After so many failures in a row an instance counts as silent. */
const FAILURES_IN_A_ROW = 3;
/** A silent instance is asked by one request in this time, so that its return is noticed; the others fail at once. */
const TRY_EVERY_MS = 10;

export type Health = {
  /** Whether a request shall be sent on now. */
  mayTry(): boolean;
  answered(): void;
  failed(): void;
};

/**
 * Users of an instance that is gone learn it at once, and the front door does not spend on vain connections what the
 * others need: at 2000 requests a second those kept a re-routing waiting for seconds (adr/0005).
 */
export function createHealth(): Health {
  let failuresInARow = 0;
  let triedAtMs = 0;
  return {
    mayTry() {
      if (failuresInARow < FAILURES_IN_A_ROW) return true;
      const nowMs = performance.now();
      if (nowMs - triedAtMs < TRY_EVERY_MS) return false;
      triedAtMs = nowMs;
      return true;
    },
    answered() {
      failuresInARow = 0;
    },
    failed() {
      failuresInARow += 1;
    },
  };
}
