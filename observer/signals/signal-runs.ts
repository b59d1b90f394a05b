import { z } from "zod";
import { LifeboatError } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import {
  signalsResultSchema,
  signalsSpecSchema,
  signalsStatusSchema,
  type AwaitSignals,
  type SignalsAnswer,
  type SignalsResult,
  type SignalsSpec,
  type SignalsStatus,
} from "../../contracts/signals.ts";
import { createRunStore, storedRunSchema } from "../run-store.ts";
import { createRuns, type Runs } from "../runs.ts";
import { startSignals, type Signals } from "./signals.ts";

export type SignalRuns = Omit<Runs<SignalsSpec, Signals, SignalsStatus, SignalsResult>, "live"> & {
  /** @throws NOT_FOUND when nothing is sampled under this id */
  awaitCondition(id: string, wanted: AwaitSignals): Promise<SignalsAnswer>;
};

const storedSignalsSchema = storedRunSchema.extend({
  spec: signalsSpecSchema,
  stopped: z.object({ status: signalsStatusSchema, result: signalsResultSchema }).nullable(),
});
type StoredSignals = z.infer<typeof storedSignalsSchema>;

type RunsOptions = {
  readonly folder: string;
  /** Where the lab of this installation is now. */
  readonly labUrl: () => Promise<string>;
  readonly log: Logger;
};

export function createSignalRuns({ folder, labUrl, log }: RunsOptions): SignalRuns {
  const runs = createRuns<StoredSignals, Signals, SignalsStatus, SignalsResult>(
    {
      noun: "sampling",
      store: createRunStore(folder, storedSignalsSchema),
      plan: async (begun) => ({ ...begun, stopped: null }),
      start: ({ id, spec, origin }) => startSignals({ id, spec, origin, labUrl, log: log.child({ signals: id }) }),
      afterDeath: (stored) => stored,
      atRest: (stored) => ({ ...stored, spec: { ...stored.spec, lab: { ...stored.spec.lab, token: "removed" } } }),
    },
    log,
  );
  return {
    ...runs,
    async awaitCondition(id, wanted) {
      const live = await runs.live(id);
      if (!live) throw new LifeboatError("NOT_FOUND", `nothing is sampled under ${id}`);
      return live.awaitCondition(wanted);
    },
  };
}
