import { bundleStatusSchema, sealAnswerSchema, type SealAnswer } from "../../contracts/recorder.ts";
import { isLifeboatError } from "../../base/errors.ts";
import type { Ending } from "../../evidence/events.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill } from "../drill-types.ts";

export type SealInput = { readonly drill: Drill; readonly ending: Ending };

/** Sealing measures, judges and renders: the more samples, the longer. */
const SEAL_TIMEOUT_MS = 300_000;

/** Closes the bundle for good. Repeating it gives the same answer. */
export async function seal(deps: ActivityDeps, input: SealInput): Promise<SealAnswer> {
  return deps.recorder.call({
    method: "POST",
    path: `/bundles/${input.drill.drillId}/seal`,
    body: { fencingToken: input.drill.fencingToken, ending: input.ending },
    answer: sealAnswerSchema,
    timeoutMs: SEAL_TIMEOUT_MS,
  });
}

/** `absent` when the drill never opened a bundle. */
export async function bundleState(deps: ActivityDeps, drillId: string): Promise<"open" | "sealed" | "absent"> {
  try {
    const path = `/bundles/${drillId}`;
    return (await deps.recorder.call({ method: "GET", path, answer: bundleStatusSchema })).state;
  } catch (error) {
    if (isLifeboatError(error) && error.code === "NOT_FOUND") return "absent";
    throw error;
  }
}
