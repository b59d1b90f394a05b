import { stamp } from "../../base/clocks.ts";
import type { Logger } from "../../base/log.ts";
import type { RoutingMove, RoutingState } from "../../contracts/routing.ts";
import { startChecks } from "./checks.ts";
import type { Instance, Instances } from "./instances.ts";
import type { State, StateStore } from "./state.ts";

/** So many moves are remembered. */
const MOST_MOVES = 100;

/** Which region serves whom: the home of the table in force or, of those it names besides, the nearest healthy one. */
export type Placement = {
  /** undefined: the table does not know such users. */
  regionFor(users: string): string | undefined;
  /** What the routing contract shows of it; nothing of a table that names no fallbacks. */
  shown(): Pick<RoutingState, "serving" | "moves">;
  close(): void;
};

/** Users → their last move. */
type Placed = ReadonlyMap<string, RoutingMove>;

type PlacementParts = {
  readonly state: StateStore;
  readonly instances: Instances;
  readonly token: string;
  readonly log: Logger;
};

export function createPlacement({ state, instances, token, log }: PlacementParts): Placement {
  let moves = state.get().moves;
  let placed: Placed = new Map(moves.map((move) => [move.users, move]));
  let numbered = moves.at(-1)?.n ?? 0;

  const regionFor = (users: string): string | undefined => regionBy(state.get(), placed, users);
  const move = (users: string, to: string, reason: string): void => {
    const from = regionFor(users) ?? to;
    numbered += 1;
    const made = { n: numbered, version: state.get().version, users, from, to, at: stamp(), reason };
    moves = [...moves, made].slice(-MOST_MOVES);
    placed = new Map(placed).set(users, made);
    log.info({ move: made }, "users moved");
    // What it loses by being killed now it finds out again by its checks.
    state.change({ moves }).catch((error: unknown) => log.error({ error }, "moves not kept"));
  };
  const checks = startChecks({
    token,
    instances: () => checkedInstances(state.get(), instances),
    checked: () => {
      for (const users of Object.keys(state.get().table.fallbacks ?? {})) settle(users);
    },
  });
  const conditionOf = (region: string): { state: string; reason: string } => {
    const instance = instances.ofRegion(region);
    if (!instance) return { state: "lost", reason: `region ${region} has no instance` };
    const condition = checks.of(instance);
    return { state: condition.state(), reason: condition.reason() };
  };
  const settle = (users: string): void => {
    const now = regionFor(users);
    const best = candidates(state.get(), users).find((region) => conditionOf(region).state === "healthy");
    if (now === undefined || best === undefined || best === now) return;
    const { state: found, reason } = conditionOf(now);
    if (found === "unknown") return;
    move(users, best, found === "lost" ? reason : `${best} is nearer and ${conditionOf(best).reason}`);
  };
  return {
    regionFor,
    shown() {
      const { table, switchedAt } = state.get();
      if (!table.fallbacks) return {};
      const serving = Object.keys(table.users).flatMap((users) => {
        const region = regionFor(users);
        const since = standing(state.get(), placed, users)?.at ?? switchedAt;
        return region === undefined || since === null ? [] : [{ users, region, since }];
      });
      return { serving, moves };
    },
    close: () => checks.close(),
  };
}

function regionBy(state: State, placed: Placed, users: string): string | undefined {
  return standing(state, placed, users)?.to ?? state.table.users[users];
}

/** The last move of these users, if it was made under the table in force: each table starts with everyone at home. */
function standing(state: State, placed: Placed, users: string): RoutingMove | undefined {
  const last = placed.get(users);
  return last?.version === state.version ? last : undefined;
}

/** The home first, then the nearest. */
function candidates({ table }: State, users: string): string[] {
  const home = table.users[users];
  const fallbacks = table.fallbacks?.[users];
  return home === undefined || fallbacks === undefined ? [] : [home, ...fallbacks];
}

function checkedInstances(state: State, instances: Instances): Instance[] {
  const users = Object.keys(state.table.fallbacks ?? {});
  const regions = new Set(users.flatMap((region) => candidates(state, region)));
  return instances.list().filter(({ spec }) => regions.has(spec.region));
}
