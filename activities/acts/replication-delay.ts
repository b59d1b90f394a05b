import type { Phase } from "../../evidence/events.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Pair } from "../../scenarios/pair.ts";
import type { Drill } from "../drill-types.ts";
import { recordEvents } from "../recording/record.ts";
import { followMarker, type DelayBounds } from "./marker.ts";

export type DelayInput = {
  readonly drill: Drill;
  readonly pair: Pair;
  /** Unique within the drill: under which circumstances it was measured. */
  readonly what: string;
  readonly phase: Phase;
};

const ROUNDS = 5;
const TIMEOUT_MS = 30_000;

/** Follows markers through replication and notes the largest delay: its bounds in ms. @throws TIMED_OUT */
export async function measureReplicationDelay(deps: ActivityDeps, input: DelayInput): Promise<DelayBounds> {
  let slowest: DelayBounds = { loMs: 0, hiMs: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const bounds = await followMarker(deps, input.pair, TIMEOUT_MS);
    slowest = { loMs: Math.max(slowest.loMs, bounds.loMs), hiMs: Math.max(slowest.hiMs, bounds.hiMs) };
  }
  await recordEvents(deps, input.drill, [
    {
      what: `replication-delay:${input.what}`,
      type: "note",
      phase: input.phase,
      target: input.pair.secondary.cache,
      data: { replicationDelay: slowest, rounds: ROUNDS, circumstances: input.what },
    },
  ]);
  return slowest;
}
