import { CancellationScope } from "@temporalio/workflow";
import type { Stamp } from "../base/clocks.ts";
import type { Fault } from "../contracts/fault.ts";
import { acts, holding, lifting } from "./acts.ts";
import type { DrillState } from "./drill-state.ts";

export type HeldFault = {
  /** Nothing was broken before. */
  readonly since: Stamp;
  readonly lift: () => Promise<void>;
};

/** Injects a fault and holds its lease until it is lifted. The undo is registered first. */
export async function holdFault(state: DrillState, faultId: string, fault: Fault): Promise<HeldFault> {
  const { drill } = state;
  const { leaseMs } = state.input.scenario;
  const hold = new CancellationScope();
  const undo = async (): Promise<void> => {
    hold.cancel();
    await lifting.liftFault({ drill, faultId });
    state.faults.delete(faultId);
  };
  const forget = state.undo.push({ describes: `lift ${faultId}`, run: undo });
  state.faults.add(faultId);
  const since = await acts.injectFault({ drill, faultId, fault, leaseMs });
  // Ends by being cancelled, or early when the lease lapsed; the act itself notes that.
  void hold.run(() => holding.holdFault({ drill, faultId, leaseMs })).catch(() => undefined);
  const lift = async (): Promise<void> => {
    await undo();
    forget();
  };
  return { since, lift };
}
