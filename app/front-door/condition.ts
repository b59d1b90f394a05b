const BAD_IN_A_ROW = 2;
/** A first return waits this long without a bad check; each further one within a minute twice as long as the last. */
const STEADY_MS = 1000;
const MOST_STEADY_MS = 16_000;
const REMEMBERED_MS = 60_000;

/** Whether users may be sent to an instance, told from its checks. Pure but for what it remembers. */
export type Condition = {
  /** `unknown`: no check was good yet, nor were two in a row bad. */
  state(): "unknown" | "healthy" | "lost";
  /** Why it is lost, or since when it is healthy again. */
  reason(): string;
  /** The outcome of one check: null is good, anything else says what was wrong. */
  checked(problem: string | null, nowMs: number): void;
};

/** One bad check is bad luck, and who left just now is not trusted at its first good one: users do not go to and fro. */
export function createCondition(): Condition {
  let state: ReturnType<Condition["state"]> = "unknown";
  let reason = "not checked yet";
  let badInARow = 0;
  let goodSinceMs: number | undefined;
  let lostAtMs: number[] = [];

  const bad = (problem: string, nowMs: number): void => {
    badInARow += 1;
    goodSinceMs = undefined;
    if (badInARow < BAD_IN_A_ROW) return;
    reason = problem;
    const wasHealthy = state === "healthy";
    state = "lost";
    // One that was never there yet, as when all is being started, does not go to and fro.
    if (wasHealthy) lostAtMs = [...lostAtMs.filter((at) => nowMs - at < REMEMBERED_MS), nowMs];
  };
  const good = (nowMs: number): void => {
    badInARow = 0;
    goodSinceMs ??= nowMs;
    if (state === "unknown") [state, reason] = ["healthy", "healthy"];
    const steadyMs = Math.min(STEADY_MS * 2 ** Math.max(0, lostAtMs.length - 1), MOST_STEADY_MS);
    if (state === "healthy" || nowMs - goodSinceMs < steadyMs) return;
    state = "healthy";
    reason = `has been healthy for ${steadyMs / 1000} s`;
  };
  return {
    state: () => state,
    reason: () => reason,
    checked: (problem, nowMs) => (problem === null ? good(nowMs) : bad(problem, nowMs)),
  };
}
