import { stamp } from "../../base/clocks.ts";
import { LifeboatError, messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { RoutingChange, RoutingState, RoutingTable } from "../../contracts/routing.ts";
import type { InFlight } from "./in-flight.ts";
import type { Instance, Instances } from "./instances.ts";
import type { StateStore } from "./state.ts";

export type SwitchParts = {
  readonly state: StateStore;
  readonly instances: Instances;
  readonly inFlight: InFlight;
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
  if (!sameTable(table, change.table)) {
    throw new LifeboatError("CONFLICT", `version ${version} is in force with another table`, { field: "table" });
  }
  return true;
}

function sameTable(one: RoutingTable, other: RoutingTable): boolean {
  return sameRecord(one.users, other.users) && sameRecord(one.caches, other.caches);
}

function sameRecord(one: Record<string, string>, other: Record<string, string>): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
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
  };
}
