import { z } from "zod";
import type { Scenario } from "../../scenarios/schema.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill } from "../drill-types.ts";
import { fencingTokenOf } from "../estate/estate-up.ts";

export type OpenInput = {
  readonly drillId: string;
  readonly scenario: Scenario;
  readonly kind: string;
};

/**
 * Gives the drill its fencing token and opens its bundle, which from now on will be sealed whatever happens. The
 * recorder itself notes the plan and that the run was opened.
 */
export async function openDrill(deps: ActivityDeps, input: OpenInput): Promise<Drill> {
  const { drillId, scenario, kind } = input;
  const drill = { drillId, fencingToken: await fencingTokenOf(deps, drillId) };
  await deps.recorder.call({
    method: "PUT",
    path: `/bundles/${drillId}`,
    body: { fencingToken: drill.fencingToken, scenario, kind },
    answer: z.unknown(),
  });
  return drill;
}
