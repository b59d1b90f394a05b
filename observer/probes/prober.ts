import type { ProbeOutcome } from "../../contracts/observer.ts";

/** How an attempt ended by itself; time-outs are the stream's business. */
export type AttemptEnd = Exclude<ProbeOutcome, "timeout">;

export type Prober = {
  /**
   * Sends probe `n`. `done` is called at most once, when the answer is complete or none can come any more.
   * The function returned gives the attempt up: `done` is not called afterwards.
   */
  send(n: number, done: (end: AttemptEnd) => void): () => void;
  close(): Promise<void>;
};

/** `reset` when an established connection broke, `error` when none could be made or the answer made no sense. */
export function endOfFailure(error: unknown): AttemptEnd {
  const code = (error as { code?: unknown } | null)?.code;
  return code === "ECONNRESET" || code === "EPIPE" ? "reset" : "error";
}
