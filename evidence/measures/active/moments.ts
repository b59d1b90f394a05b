import { z } from "zod";
import type { FaultRecord } from "../../../contracts/fault.ts";
import { stampSchema } from "../../../contracts/stamps.ts";
import type { DrillEvent, EventInput } from "../../events.ts";
import type { RunClock } from "../clock.ts";
import type { Instant } from "../faults.ts";

/** The instants of a drill with an active group that its measures refer to, in run milliseconds; null: it had none. */
export type Moments = {
  readonly began: Instant | null;
  readonly decisionMs: number | null;
  /** When the force-unlink had been done. */
  readonly releasedMs: number | null;
  /** When the last fault had been lifted. */
  readonly lifted: Instant | null;
  readonly redundantMs: number | null;
  /** A member was unlinked and joined anew; otherwise it came back by itself. */
  readonly rejoined: boolean;
  readonly closedMs: number | null;
  readonly servedMs: number | null;
  /** Regions that a fault took away. */
  readonly lostRegions: readonly string[];
};

type Given = {
  readonly events: readonly DrillEvent[];
  readonly records: readonly FaultRecord[];
  readonly began: Instant | null;
  readonly clock: RunClock;
};

const unlinkSchema = z.object({
  operation: z.string().regex(/^force-?unlink$/i),
  outcome: z.literal("ok"),
  endedAt: stampSchema,
});

export function momentsOf({ events, records, began, clock }: Given): Moments {
  const last = (type: EventInput["type"]): DrillEvent | undefined => events.findLast((event) => event.type === type);
  const at = (event: DrillEvent | undefined): number | null => (event ? clock.at(event.at) : null);
  const lifts = records.flatMap(({ lifted }) =>
    lifted ? [{ lo: clock.at(lifted.notBefore), hi: clock.at(lifted.notAfter) }] : [],
  );
  const redundant = last("redundancy.restored");
  return {
    began,
    decisionMs: at(events.find((event) => event.type === "decision.taken")),
    releasedMs: unlinkedMs(events, clock),
    lifted: lifts.toSorted((a, b) => b.hi - a.hi)[0] ?? null,
    redundantMs: at(redundant),
    rejoined: redundant?.data["rejoined"] === true,
    closedMs: at(last("run.closed")),
    servedMs: at(last("service.restored")),
    lostRegions: records.flatMap(({ fault }) => (fault.kind === "region-outage" ? [fault.region] : [])),
  };
}

/** When the force-unlink had been done; null: it was not. */
export function unlinkedMs(events: readonly DrillEvent[], clock: RunClock): number | null {
  const done = events.map((event) => unlinkSchema.safeParse(event.data).data).find((found) => found !== undefined);
  return done ? clock.at(done.endedAt) : null;
}
