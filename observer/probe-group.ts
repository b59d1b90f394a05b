import { Worker } from "node:worker_threads";
import { LifeboatError } from "../base/errors.ts";
import { withTimeout } from "../base/waits.ts";
import type { ThreadAnswers, ThreadData, ThreadQuestion, ThreadReply } from "./probes/thread-messages.ts";

export type ProbeGroup = {
  /** @throws UNAVAILABLE when the thread has ended, TIMED_OUT when it does not answer. */
  ask<K extends ThreadQuestion["kind"]>(
    question: Extract<ThreadQuestion, { kind: K }>,
    timeoutMs: number,
  ): Promise<ThreadAnswers[K]>;
  end(): Promise<void>;
};

type Waiting = { readonly resolve: (answer: unknown) => void; readonly reject: (error: Error) => void };

/** Starts a probe thread. `onDeath` is told when it ends without having been asked to. */
export function startProbeGroup(data: ThreadData, onDeath: (why: string) => void): ProbeGroup {
  const worker = new Worker(new URL("./probes/probe-thread.ts", import.meta.url), { workerData: data, execArgv: [] });
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let ending = false;

  function fail(why: string): void {
    for (const one of waiting.values()) one.reject(new LifeboatError("UNAVAILABLE", `the probe thread ended: ${why}`));
    waiting.clear();
  }
  worker.on("message", (reply: ThreadReply) => {
    const asked = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.error === undefined) asked?.resolve(reply.answer);
    else asked?.reject(new LifeboatError("INTERNAL", reply.error));
  });
  let lastError = "";
  worker.on("error", (error) => {
    lastError = String(error);
  });
  worker.on("exit", (code) => {
    const why = lastError || `exit code ${code}`;
    fail(why);
    if (!ending) onDeath(why);
  });
  return {
    async ask(question, timeoutMs) {
      lastId += 1;
      const id = lastId;
      const answer = new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }));
      worker.postMessage({ id, question });
      try {
        return (await withTimeout(answer, timeoutMs, `the probe thread's answer to ${question.kind}`)) as never;
      } finally {
        waiting.delete(id);
      }
    },
    async end() {
      ending = true;
      await worker.terminate();
    },
  };
}
