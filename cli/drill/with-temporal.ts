import { type Client, WorkflowNotFoundError, WorkflowUpdateFailedError } from "@temporalio/client";
import { createDeps } from "../../activities/clients/create-deps.ts";
import { LifeboatError, messageOf } from "../../base/errors.ts";
import { withTimeout } from "../../base/waits.ts";

const CALL_TIMEOUT_MS = 15_000;

/**
 * Does one thing with a drill's workflow. @throws NOT_FOUND when there is no such drill or it is over;
 * CONFLICT when the drill refuses; UNAVAILABLE when Temporal does not answer
 */
export async function withTemporal<T>(home: string, drillId: string, act: (client: Client) => Promise<T>): Promise<T> {
  const client = await (await createDeps(home)).temporal();
  try {
    return await withTimeout(act(client), CALL_TIMEOUT_MS, `the answer of ${drillId}`);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) {
      const hint = "bin/lifeboat drill list";
      throw new LifeboatError("NOT_FOUND", `ID: no drill ${drillId} is under way`, { field: "ID", hint, cause: error });
    }
    if (error instanceof WorkflowUpdateFailedError) {
      throw new LifeboatError("CONFLICT", `${drillId} refuses: ${messageOf(error.cause ?? error)}`, { cause: error });
    }
    throw error;
  } finally {
    await client.connection.close();
  }
}
