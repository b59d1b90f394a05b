import { stamp } from "../../base/clocks.ts";
import type { Phase } from "../../evidence/events.ts";
import type { EventDraft } from "./record.ts";

export type CommandSpec = {
  readonly what: string;
  readonly operation: string;
  readonly phase: Phase;
  readonly target: string;
  readonly request: Record<string, unknown>;
};

/**
 * Runs one command and notes it with both stamps in `notes`, whether it worked or not. The caller sends the notes
 * when time no longer matters.
 */
export async function runCommand<T>(notes: EventDraft[], spec: CommandSpec, work: () => Promise<T>): Promise<T> {
  const startedAt = stamp();
  try {
    const result = await work();
    notes.push(commandDone(spec, "ok", startedAt));
    return result;
  } catch (error) {
    notes.push(commandDone(spec, "failed", startedAt));
    throw error;
  }
}

function commandDone(spec: CommandSpec, outcome: "ok" | "failed", startedAt: ReturnType<typeof stamp>): EventDraft {
  const endedAt = stamp();
  return {
    what: `command:${spec.what}`,
    type: "command.done",
    phase: spec.phase,
    target: spec.target,
    at: endedAt,
    data: { operation: spec.operation, request: spec.request, outcome, startedAt, endedAt },
  };
}
