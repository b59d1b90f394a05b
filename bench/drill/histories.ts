import type { WorkflowExecutionInfo } from "@temporalio/client";
import { createDeps } from "../../activities/clients/create-deps.ts";

export type HistorySize = { readonly workflow: string; readonly events: number; readonly bytes: number };

/** What a drill wrote into Temporal's histories: its own, its child workflows' and its janitor's, as the server says. */
export async function historiesOf(home: string, drillId: string): Promise<HistorySize[]> {
  const client = await (await createDeps(home)).temporal();
  try {
    const sizes: HistorySize[] = [];
    for await (const one of client.workflow.list()) {
      if (!belongsTo(one, drillId)) continue;
      const { historyLength, historySize } = await client.workflow.getHandle(one.workflowId, one.runId).describe();
      sizes.push({ workflow: one.type, events: historyLength, bytes: historySize ?? NaN });
    }
    return sizes;
  } finally {
    await client.connection.close();
  }
}

function belongsTo({ workflowId, rootExecution }: WorkflowExecutionInfo, drillId: string): boolean {
  return workflowId === drillId || workflowId === `janitor-${drillId}` || rootExecution?.workflowId === drillId;
}
