import { CancellationScope } from "@temporalio/workflow";
import type { DrillState } from "./drill-state.ts";

/** Undoes everything that is registered, the latest first; nothing can cancel it. @throws what could not be undone */
export async function heal(state: DrillState): Promise<void> {
  const failures = await CancellationScope.nonCancellable(() => state.undo.runAll());
  if (failures.length === 0) return;
  throw new AggregateError(
    failures.map(({ error }) => error),
    `not undone: ${failures.map(({ describes }) => describes).join(", ")}`,
  );
}
