import { randomUUID } from "node:crypto";
import type { Logger } from "../../base/log.ts";
import { isLifeboatError, messageOf } from "../../base/errors.ts";
import type { OperationDoc } from "./model.ts";
import type { Collection } from "./store.ts";

export type Operations = {
  /** Notes the operation and begins its work. */
  begin(what: Pick<OperationDoc, "kind" | "subject" | "peer">): OperationDoc;
  /** The operation once it has ended, or as it stands after `waitMs`; undefined for an unknown id. */
  settled(id: string, waitMs: number): Promise<OperationDoc | undefined>;
  /** Takes up again what a killed control plane left in progress. The work must be repeatable. */
  resume(): void;
};

export type OperationsOptions = {
  readonly store: Collection<OperationDoc>;
  readonly perform: (operation: OperationDoc) => Promise<void>;
  readonly log: Logger;
};

/** Long-running operations: on disk before their work begins, so that none is forgotten. */
export function createOperations({ store, perform, log }: OperationsOptions): Operations {
  const underWay = new Map<string, Promise<void>>();

  function run(operation: OperationDoc): void {
    const work = finish(operation).finally(() => underWay.delete(operation.id));
    underWay.set(operation.id, work);
  }

  async function finish(operation: OperationDoc): Promise<void> {
    const end = (status: "Succeeded" | "Failed", error: OperationDoc["error"]): void =>
      store.put(operation.id, { ...operation, status, error, endTime: new Date().toISOString() });
    try {
      await perform(operation);
      end("Succeeded", null);
    } catch (error) {
      log.error({ operation: operation.kind, subject: operation.subject, err: error }, "operation failed");
      end("Failed", { code: isLifeboatError(error) ? error.code : "InternalServerError", message: messageOf(error) });
    }
  }

  return {
    begin(what) {
      const startTime = new Date().toISOString();
      const id = randomUUID();
      const operation: OperationDoc = { id, ...what, status: "InProgress", startTime, endTime: null, error: null };
      store.put(id, operation);
      run(operation);
      return operation;
    },
    async settled(id, waitMs) {
      const work = underWay.get(id);
      if (work !== undefined) await Promise.race([work, delay(waitMs)]);
      return store.get(id);
    },
    resume() {
      for (const operation of store.all()) if (operation.status === "InProgress") run(operation);
    },
  };
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
