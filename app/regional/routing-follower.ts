import { withTimeout } from "../../base/waits.ts";
import type { InstanceRouting } from "../../contracts/front-door.ts";

const CATCH_UP_MS = 200;

export type RoutingFollower = {
  /** The front door is about to switch to this table: know it, and serve by it once a request carries its version. */
  prepare(routing: InstanceRouting): void;
  /** The table in force at the front door, as it says itself. */
  adopt(routing: InstanceRouting): void;
  current(): InstanceRouting | undefined;
  /** Tables that may be asked for: the one in force and the next. */
  known(): readonly InstanceRouting[];
  /** The table of that version, after trying to catch up for a bounded time; undefined when this instance is stale. */
  forVersion(version: number): Promise<InstanceRouting | undefined>;
};

type FollowerOptions = {
  readonly fetchCurrent: () => Promise<InstanceRouting | undefined>;
  readonly changed: () => void;
};

/**
 * Two tables are known during a switch, because requests of the old version arrive until all instances have
 * confirmed the new one. The first request of the new version ends the old one here.
 */
export function createRoutingFollower(options: FollowerOptions): RoutingFollower {
  let current: InstanceRouting | undefined;
  let next: InstanceRouting | undefined;
  let catchingUp: Promise<void> | undefined;

  const adopt = (routing: InstanceRouting): void => {
    if (current && routing.version <= current.version) return;
    current = routing;
    if (next && next.version <= routing.version) next = undefined;
    options.changed();
  };
  const catchUp = (): Promise<void> => {
    catchingUp ??= fetchBounded(options.fetchCurrent, adopt).finally(() => (catchingUp = undefined));
    return catchingUp;
  };
  return {
    adopt,
    prepare(routing) {
      if (current && routing.version <= current.version) return;
      next = routing;
      options.changed();
    },
    current: () => current,
    known: () => [current, next].filter((routing) => routing !== undefined),
    async forVersion(version) {
      if (current?.version === version) return current;
      if (next?.version === version) adopt(next);
      else if (!current || version > current.version) await catchUp();
      return current?.version === version ? current : undefined;
    },
  };
}

async function fetchBounded(
  fetchCurrent: FollowerOptions["fetchCurrent"],
  adopt: (routing: InstanceRouting) => void,
): Promise<void> {
  const fetched = await withTimeout(fetchCurrent(), CATCH_UP_MS, "asking the front door for the table").catch(
    () => undefined,
  );
  if (fetched) adopt(fetched);
}
