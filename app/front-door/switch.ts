import { isDeepStrictEqual } from "node:util";
import { stamp } from "../../base/clocks.ts";
import { LifeboatError, messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { RoutingChange, RoutingState, RoutingTable } from "../../contracts/routing.ts";
import type { InFlight } from "./in-flight.ts";
import type { Instance, Instances } from "./instances.ts";
import type { Placement } from "./placement.ts";
import type { StateStore } from "./state.ts";

export type SwitchParts = {
  readonly state: StateStore;
  readonly instances: Instances;
  readonly inFlight: InFlight;
  readonly placement: Pick<Placement, "shown">;
  readonly log: Logger;
};

/** Refuses whoever holds an older token than one already seen, and remembers a newer one. @throws STALE_TOKEN */
export async function fence(state: StateStore, fencingToken: number): Promise<void> {
  const seen = state.get().fencingToken;
  if (fencingToken < seen) {
    throw new LifeboatError("STALE_TOKEN", `fencing token ${fencingToken} is older than ${seen}`, {
      field: "fencingToken",
    });
  }
  if (fencingToken > seen) await state.change({ fencingToken });
}

/**
 * Switches all users in one step: every instance that the table needs confirms it first; only then does the next
 * request go by it. Instances outside the table may be frozen and are not waited for.
 * @throws STALE_TOKEN older token or version · CONFLICT same version, other table, or a region without an instance ·
 * BAD_INPUT table that contradicts itself · UNAVAILABLE a needed instance did not confirm; nothing was switched
 */
export async function switchRouting(parts: SwitchParts, change: RoutingChange): Promise<RoutingState> {
  await fence(parts.state, change.fencingToken);
  if (isRepetition(parts.state, change)) return routingState(parts);
  const required = requiredInstances(parts.instances, change.table);
  checkFallbacks(change.table);
  await confirmAll(parts, required, change);
  parts.inFlight.switched();
  await parts.state.change({
    version: change.version,
    table: change.table,
    switchedAt: stamp(),
    lastOldVersionServedAt: null,
  });
  for (const instance of parts.instances.list()) {
    instance.version = required.includes(instance) ? change.version : null;
  }
  parts.log.info({ version: change.version, table: change.table }, "switched");
  return routingState(parts);
}

function isRepetition(state: StateStore, change: RoutingChange): boolean {
  const { version, table } = state.get();
  if (change.version > version) return false;
  if (change.version < version) {
    throw new LifeboatError("STALE_TOKEN", `version ${change.version} is older than ${version}`, { field: "version" });
  }
  if (!isDeepStrictEqual(table, change.table)) {
    throw new LifeboatError("CONFLICT", `version ${version} is in force with another table`, { field: "table" });
  }
  return true;
}

function requiredInstances(instances: Instances, table: RoutingTable): Instance[] {
  return [...new Set(Object.values(table.users))].map((region) => {
    if (table.caches[region] === undefined) {
      throw new LifeboatError("BAD_INPUT", `region ${region} is to serve users and has no cache`, {
        field: `table.caches.${region}`,
      });
    }
    const instance = instances.ofRegion(region);
    if (instance) return instance;
    throw new LifeboatError("CONFLICT", `region ${region} is to serve users and has no instance`, {
      field: "table.users",
      hint: "register its application with PUT /instances/:name",
    });
  });
}

/** Who takes over needs a cache, and to be somebody else. Its application may be away just now. */
function checkFallbacks({ users, caches, fallbacks = {} }: RoutingTable): void {
  for (const [from, regions] of Object.entries(fallbacks)) {
    const wrong = regions.find((region) => region === users[from] || caches[region] === undefined);
    if (users[from] !== undefined && wrong === undefined) continue;
    const message =
      wrong === undefined ? `users of ${from} have no home` : `${wrong} cannot take over users of ${from}`;
    throw new LifeboatError("BAD_INPUT", message, {
      field: `table.fallbacks.${from}`,
      hint: "a fallback is a region of table.caches other than the users' home",
    });
  }
}

async function confirmAll(parts: SwitchParts, required: readonly Instance[], change: RoutingChange): Promise<void> {
  const routing = { version: change.version, table: change.table };
  const answers = await Promise.allSettled(required.map((instance) => parts.instances.push(instance, routing)));
  const failed = answers.flatMap((answer, index) =>
    answer.status === "rejected" ? [`${required[index]?.name}: ${messageOf(answer.reason)}`] : [],
  );
  if (failed.length === 0) return;
  throw new LifeboatError("UNAVAILABLE", `not switched, not confirmed by ${failed.join("; ")}`);
}

export function routingState(parts: SwitchParts): RoutingState {
  const { version, table, switchedAt } = parts.state.get();
  const serving = new Set(Object.values(table.users));
  return {
    version,
    table,
    switchedAt,
    instances: parts.instances.list().map((instance) => ({
      name: instance.name,
      region: instance.spec.region,
      required: serving.has(instance.spec.region),
      version: instance.version,
    })),
    lastOldVersionServedAt: parts.inFlight.lastOldVersionServedAt(),
    oldVersionInFlight: parts.inFlight.olderThan(version),
    ...parts.placement.shown(),
  };
}
