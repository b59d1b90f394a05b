import type { WorkflowHandle } from "@temporalio/client";
import type { Gate } from "../../scenarios/gates.ts";
import { approveUpdate, type Progress } from "../../workflows/messages.ts";
import { messageOf } from "../../base/errors.ts";

/**
 * Approves each gate as `who` when the drill comes to it, for runs that nobody watches. What is refused, because
 * somebody else must answer for instance, is said once and left to others.
 */
export function answerAs(who: string, say: (text: string) => void) {
  const answered = new Set<Gate>();
  return async (handle: WorkflowHandle, { awaiting }: Progress): Promise<void> => {
    if (awaiting === null || answered.has(awaiting.gate)) return;
    const { gate, role, planSha256 } = awaiting;
    answered.add(gate);
    const reason = "given with --approve-as";
    try {
      await handle.executeUpdate(approveUpdate, {
        args: [{ gate, decision: "approve", who, role, planSha256, reason }],
      });
      say(`approved at the gate "${gate}" by ${who}`);
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      say(`not approved at the gate "${gate}" by ${who}: ${messageOf(cause ?? error)}`);
    }
  };
}
