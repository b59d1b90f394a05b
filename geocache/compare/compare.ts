import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { LifeboatError } from "../../base/errors.ts";
import { withTimeout } from "../../base/waits.ts";
import type { Comparison } from "../../contracts/groups.ts";
import type { ComparisonAnswer, ComparisonJob, EqualBounds } from "./comparison-thread.ts";
import type { ComparedMember } from "./look.ts";

export type { ComparedMember } from "./look.ts";

/** One comparison that has begun may take this much longer than the time in which it had to begin. */
const GRACE_MS = 120_000;

/**
 * Compares what members hold in database 0, element by element: type, time to live and content; encodings, and the
 * order of what has none, are ignored, as are consumer groups and what expires meanwhile. Each member is seen as of an
 * instant of its own, so whoever wants them equal stops the writers or uses `compareUntilEqual`. Costs each redis a
 * fork. The users need the rights of a replica. @throws TIMED_OUT, UNAVAILABLE naming the member
 */
export async function compare(members: readonly ComparedMember[], timeoutMs: number): Promise<Comparison> {
  const { comparison } = await run({ members, untilEqual: false, timeoutMs }, timeoutMs);
  return comparison;
}

export type Convergence = {
  /** The last one. */
  readonly comparison: Comparison;
  /** null: they never were equal. */
  readonly bounds: EqualBounds | null;
};

/**
 * Compares again and again until nothing differs or `timeoutMs` is over. They became equal after `loNs`, when the last
 * unequal comparison began, and by `hiNs`, when the equal one had seen all. @throws like `compare`
 */
export async function compareUntilEqual(members: readonly ComparedMember[], timeoutMs: number): Promise<Convergence> {
  return await run({ members, untilEqual: true, timeoutMs }, timeoutMs + GRACE_MS);
}

/** In a thread of its own, which has threads of its own: the caller's loop stays free. */
async function run(job: ComparisonJob, limitMs: number): Promise<Convergence> {
  const file = new URL("./comparison-thread.ts", import.meta.url);
  const thread = new Worker(file, { workerData: job, execArgv: [] });
  try {
    const answered = once(thread, "message") as Promise<[ComparisonAnswer]>;
    const [answer] = await withTimeout(answered, limitMs, "the comparison");
    if ("failed" in answer) throw new LifeboatError(answer.failed.code, answer.failed.message);
    return answer;
  } finally {
    await thread.terminate();
  }
}
