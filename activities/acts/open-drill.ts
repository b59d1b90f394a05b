import { z } from "zod";
import type { Scenario } from "../../scenarios/schema.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill } from "../drill-types.ts";
import { fencingTokenOf } from "../estate/estate-up.ts";
import { recordEvents } from "../recording/record.ts";

export type OpenInput = {
  readonly drillId: string;
  readonly scenario: Scenario;
  readonly planSha256: string;
  readonly kind: string;
};

/** Gives the drill its fencing token and opens its bundle, which from now on will be sealed whatever happens. */
export async function openDrill(deps: ActivityDeps, input: OpenInput): Promise<Drill> {
  const { drillId, scenario, planSha256, kind } = input;
  const drill = { drillId, fencingToken: await fencingTokenOf(deps, drillId) };
  await deps.recorder.call({
    method: "PUT",
    path: `/bundles/${drillId}`,
    body: { fencingToken: drill.fencingToken, scenario, kind },
    answer: z.unknown(),
  });
  const data = { scenario: scenario.name, planSha256, kind };
  await recordEvents(deps, drill, [{ what: "opened", type: "run.opened", phase: "plan", target: scenario.name, data }]);
  return drill;
}
