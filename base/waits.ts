import { setTimeout as sleep } from "node:timers/promises";
import { LifeboatError, messageOf } from "./errors.ts";

export type WaitOptions = {
  /** Names the awaited thing in the error: "the secondary to be in sync". */
  readonly what: string;
  readonly timeoutMs: number;
  readonly intervalMs?: number;
  readonly signal?: AbortSignal;
};

/**
 * Polls until `check` gives a value other than undefined or false. A throwing check counts as "not yet".
 * @throws TIMED_OUT naming what was awaited and the last reason.
 */
export async function waitFor<T>(
  check: () => Promise<T | undefined | false> | T | undefined | false,
  options: WaitOptions,
): Promise<T> {
  const deadlineMs = performance.now() + options.timeoutMs;
  let lastReason = "it never held";
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      const value = await check();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      lastReason = messageOf(error);
    }
    if (performance.now() >= deadlineMs) {
      throw new LifeboatError("TIMED_OUT", `waited ${options.timeoutMs} ms for ${options.what}: ${lastReason}`);
    }
    await sleep(options.intervalMs ?? 50, undefined, options.signal ? { signal: options.signal } : {});
  }
}

/** Bounds a promise. The work itself is not stopped: pass it a signal where that matters. */
export async function withTimeout<T>(work: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new LifeboatError("TIMED_OUT", `${what} took longer than ${timeoutMs} ms`)),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([work, bound]);
  } finally {
    clearTimeout(timer);
  }
}
