/** Shorter than the five seconds after which usual servers close idle connections: no probe must meet that. */
export const PROBE_IDLE_MS = 4000;
