import type { Client, WorkflowHandleWithFirstExecutionRunId } from "@temporalio/client";
import type { DrillInput } from "../../workflows/messages.ts";

/**
 * Starts a drill and, before it, the janitor that heals and seals what is left if the drill is terminated.
 * The drill's id is its workflow id.
 */
export async function startDrill(
  client: Client,
  input: DrillInput,
  taskQueue: string,
): Promise<WorkflowHandleWithFirstExecutionRunId> {
  const { drillId } = input;
  await client.workflow.start("janitor", {
    taskQueue,
    workflowId: `janitor-${drillId}`,
    args: [{ drillId }],
  });
  return client.workflow.start("runDrill", { taskQueue, workflowId: drillId, args: [input] });
}
