import { approveUpdate, progressQuery, type ApprovalAnswer } from "../../workflows/messages.ts";
import { withTemporal } from "./with-temporal.ts";

type Answer = Omit<ApprovalAnswer, "role"> & { readonly role?: string };

/** Answers a gate; without a role, in the one that the gate waits for. @throws CONFLICT when the drill refuses */
export async function answerGate(home: string, drillId: string, answer: Answer): Promise<void> {
  await withTemporal(home, drillId, async (client) => {
    const handle = client.workflow.getHandle(drillId);
    const role = answer.role ?? (await handle.query(progressQuery)).awaiting?.role ?? "";
    await handle.executeUpdate(approveUpdate, { args: [{ ...answer, role }] });
  });
}
