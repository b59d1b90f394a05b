import { CancellationScope } from "@temporalio/workflow";
import type { Fault } from "../contracts/fault.ts";
import { acts, healing, holding } from "./acts.ts";
import type { DrillState } from "./drill-state.ts";

/** Injects a fault and holds its lease until the answered function lifts it. The undo is registered first. */
export async function faultUntil(state: DrillState, faultId: string, fault: Fault): Promise<() => Promise<void>> {
  const { drill } = state;
  const { leaseMs } = state.input.scenario;
  const hold = new CancellationScope();
  const lift = async (): Promise<void> => {
    hold.cancel();
    await healing.liftFault({ drill, faultId });
    state.faults.delete(faultId);
  };
  const forget = state.undo.push({ describes: `lift ${faultId}`, run: lift });
  state.faults.add(faultId);
  await acts.injectFault({ drill, faultId, fault, leaseMs });
  // Ends by being cancelled, or early when the lease lapsed; the act itself notes that.
  void hold.run(() => holding.holdFault({ drill, faultId, leaseMs })).catch(() => undefined);
  return async () => {
    await lift();
    forget();
  };
}
