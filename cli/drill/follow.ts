import type { Client, WorkflowHandle } from "@temporalio/client";
import { setTimeout as sleep } from "node:timers/promises";
import {
  abortDrillSignal,
  progressQuery,
  type AbortRequest,
  type DrillResult,
  type Progress,
} from "../../workflows/messages.ts";
import { messageOf } from "../../base/errors.ts";
import { withTimeout } from "../../base/waits.ts";
import { currentNumbers, type NumberSources } from "./current-numbers.ts";
import type { ProgressView } from "./progress-view.ts";

const POLL_MS = 500;
const QUERY_TIMEOUT_MS = 5000;
/** The observer has better to do than to answer us. */
const NUMBERS_EVERY_MS = 1000;

export type Followed =
  | { readonly kind: "completed"; readonly result: DrillResult }
  /** The workflow failed or was terminated; the janitor heals and seals what is left. */
  | { readonly kind: "broken"; readonly why: string };

type FollowedDrill = {
  readonly client: Client;
  readonly drillId: string;
  readonly sources: NumberSources;
  /** Told of each progress that is seen. */
  readonly answer?: (handle: WorkflowHandle, progress: Progress) => Promise<void>;
};

/** Shows a drill's progress until it has ended. The drill goes on whether or not anyone follows it. */
export async function followDrill(followed: FollowedDrill, view: ProgressView): Promise<Followed> {
  const { client, drillId, sources } = followed;
  const handle = client.workflow.getHandle(drillId);
  let ended = false;
  const result = handle
    .result()
    .then(
      (value): Followed => ({ kind: "completed", result: value as DrillResult }),
      (error: unknown): Followed => ({ kind: "broken", why: reasonOf(error) }),
    )
    .finally(() => {
      ended = true;
    });
  let numbers: readonly string[] = [];
  for (let askedAtMs = Number.NEGATIVE_INFINITY; !ended; await Promise.race([result, sleep(POLL_MS)])) {
    if (performance.now() - askedAtMs >= NUMBERS_EVERY_MS) {
      askedAtMs = performance.now();
      numbers = await currentNumbers(sources, drillId);
    }
    const progress = await progressOf(handle);
    if (!progress) continue;
    view.show(progress, numbers);
    await followed.answer?.(handle, progress);
  }
  view.end();
  return result;
}

/** A worker that is being restarted answers no query; the next one will be answered. */
async function progressOf(handle: WorkflowHandle): Promise<Progress | undefined> {
  return withTimeout(handle.query(progressQuery), QUERY_TIMEOUT_MS, "progress").catch(() => undefined);
}

export async function abortDrill(client: Client, drillId: string, request: AbortRequest): Promise<void> {
  await client.workflow.getHandle(drillId).signal(abortDrillSignal, request);
}

/** What the innermost failure says: the outer ones only tell that an activity or a workflow failed. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error ? reasonOf(cause) : messageOf(error);
}
