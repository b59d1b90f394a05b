/** Shorter than any usual server's keep-alive, so that no probe meets a connection that is just being closed. */
export const PROBE_IDLE_MS = 1000;
