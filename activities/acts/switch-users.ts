import { stamp } from "../../base/clocks.ts";
import { waitFor } from "../../base/waits.ts";
import type { RoutingTable } from "../../contracts/routing.ts";
import type { Phase } from "../../evidence/events.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill } from "../drill-types.ts";
import { reroute, routingState } from "../estate/routing.ts";
import { runCommand } from "../recording/command.ts";
import type { EventDraft } from "../recording/record.ts";

export type Switch = {
  readonly drill: Drill;
  readonly table: RoutingTable;
  readonly phase: Phase;
  readonly notes: EventDraft[];
};

const target = "front-door";
const CONFIRMED_TIMEOUT_MS = 10_000;

/** Switches the whole stack to a table and confirms that every application it needs knows it (P39, P40). */
export async function switchUsers(deps: ActivityDeps, { drill, table, phase, notes }: Switch): Promise<void> {
  const command = <T>(operation: string, work: () => Promise<T>): Promise<T> =>
    runCommand(notes, { what: `${phase}:${operation}`, operation, phase, target, request: {} }, work);
  const state = await command("re-route", () => reroute(deps, drill.fencingToken, table));
  const at = stamp();
  await command("confirm-routing", () => confirmRouting(deps, state.version));
  const confirmed = await routingState(deps);
  const data = { version: state.version, state: confirmed };
  notes.push({ what: `routing:${state.version}`, type: "routing.changed", phase, target, at, data });
}

/** Every instance that must know the table knows it. */
async function confirmRouting(deps: ActivityDeps, version: number): Promise<void> {
  await waitFor(
    async () => {
      const { instances } = await routingState(deps);
      return instances.filter((one) => one.required).every((one) => one.version === version);
    },
    {
      what: `every application to confirm routing version ${version}`,
      timeoutMs: CONFIRMED_TIMEOUT_MS,
      intervalMs: 10,
    },
  );
}
