import { acts, clearing, healing, holding, lifting, shortActs } from "./acts.ts";

/**
 * Runs beside a drill and outlives it. A terminated drill runs no code of its own: this heals and seals for it.
 * A drill that sealed its bundle leaves nothing to do. With a token of its own, newer than the drill's, so that acts
 * of the drill that are still under way can neither break nor record anything more.
 */
export async function janitor(input: { readonly drillId: string }): Promise<"nothing-to-do" | "terminated"> {
  const { drillId } = input;
  await holding.awaitDrillClosed(drillId);
  const state = await shortActs.bundleState(drillId);
  if (state !== "open") return "nothing-to-do";
  const drill = { drillId, fencingToken: await shortActs.takeOverToken(drillId) };
  await lifting.liftAllFaults(drill).catch(() => undefined);
  await clearing.undrain(drill).catch(() => undefined);
  await clearing.stopObservation(drill).catch(() => undefined);
  await acts.estateDown().catch(() => undefined);
  await healing.seal({ drill, ending: "terminated" });
  return "terminated";
}
