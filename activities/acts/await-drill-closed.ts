import { setTimeout as sleep } from "node:timers/promises";
import { WorkflowNotFoundError } from "@temporalio/common";
import type { ActivityDeps } from "../deps.ts";

const LOOK_EVERY_MS = 2000;
/** The drill is started right after its janitor. */
const GRACE_MS = 60_000;

/** Returns when the drill's workflow has ended, by itself or by being terminated. */
export async function awaitDrillClosed(deps: ActivityDeps, drillId: string, signal: AbortSignal): Promise<void> {
  const client = await deps.temporal();
  const graceEndsMs = performance.now() + GRACE_MS;
  for (;;) {
    try {
      const { status } = await client.workflow.getHandle(drillId).describe();
      if (status.name !== "RUNNING") return;
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      if (performance.now() > graceEndsMs) return;
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}
