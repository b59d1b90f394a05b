import { CancellationScope } from "@temporalio/workflow";
import { lasting } from "../acts.ts";
import type { DrillState } from "../drill-state.ts";
import type { ActiveOutage } from "./active-outage.ts";
import type { LostMember } from "./group-members.ts";

/** Lets the clients of the step's regions write; answers how they are stopped. A drill that breaks off stops them too. */
export function startRegionWrites(
  state: DrillState,
  { members, lost }: LostMember,
  { writes }: ActiveOutage,
): () => Promise<void> {
  if (!writes) return () => Promise.resolve();
  const scope = new CancellationScope();
  let running: Promise<void> = Promise.resolve();
  const stop = async (): Promise<void> => {
    scope.cancel();
    await running;
  };
  const forget = state.undo.push({ describes: "stop the clients in the regions", run: stop });
  const places = members.filter(({ region }) => writes.regions.includes(region));
  running = scope
    .run(() => lasting.writeInRegions({ drill: state.drill, writes, places, lostRegion: lost.region }))
    .catch(() => undefined);
  return async () => {
    await stop();
    forget();
  };
}
