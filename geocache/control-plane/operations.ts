import { randomUUID } from "node:crypto";
import type { Logger } from "../../base/log.ts";
import { isLifeboatError, messageOf } from "../../base/errors.ts";
import type { OperationDoc } from "./model.ts";
import type { Collection } from "./store.ts";

export type Operations = {
  /** Notes the operation and begins its work. One that is already under way is joined, not begun again. */
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
  /** Once aborted, what is under way stays noted as in progress. */
  readonly signal: AbortSignal;
};

type UnderWay = { readonly operation: OperationDoc; readonly work: Promise<void> };

/** Long-running operations: on disk before their work begins, so that none is forgotten. */
export function createOperations({ store, perform, log, signal }: OperationsOptions): Operations {
  const underWay = new Map<string, UnderWay>();

  function run(operation: OperationDoc): void {
    const work = finish(operation).finally(() => underWay.delete(operation.id));
    underWay.set(operation.id, { operation, work });
  }

  async function finish(operation: OperationDoc): Promise<void> {
    const end = (status: "Succeeded" | "Failed", error: OperationDoc["error"]): void =>
      store.put(operation.id, { ...operation, status, error, endTime: new Date().toISOString() });
    try {
      await perform(operation);
      end("Succeeded", null);
    } catch (error) {
      if (signal.aborted) return;
      log.error({ operation: operation.kind, subject: operation.subject, err: error }, "operation failed");
      end("Failed", { code: isLifeboatError(error) ? error.code : "InternalServerError", message: messageOf(error) });
    }
  }

  return {
    begin(what) {
      const same = [...underWay.values()].find(({ operation }) => isSameWork(operation, what));
      if (same !== undefined) return same.operation;
      const startTime = new Date().toISOString();
      const id = randomUUID();
      const operation: OperationDoc = { id, ...what, status: "InProgress", startTime, endTime: null, error: null };
      store.put(id, operation);
      run(operation);
      return operation;
    },
    async settled(id, waitMs) {
      const known = underWay.get(id);
      if (known !== undefined) await Promise.race([known.work, delay(waitMs)]);
      return store.get(id);
    },
    resume() {
      for (const operation of store.all()) if (operation.status === "InProgress") run(operation);
    },
  };
}

type Work = Pick<OperationDoc, "kind" | "subject" | "peer">;

function isSameWork(a: Work, b: Work): boolean {
  return a.kind === b.kind && a.subject === b.subject && a.peer === b.peer;
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
