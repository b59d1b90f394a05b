import path from "node:path";
import { z } from "zod";
import { monoNs, stamp } from "../../base/clocks.ts";
import { readJson, writeFileAtomic } from "../../base/files.ts";
import { conditionSchema, linkSpecSchema } from "../../contracts/network.ts";
import { stampSchema } from "../../contracts/stamps.ts";

const stateSchema = z.object({
  savedAt: stampSchema,
  links: z.array(z.object({ spec: linkSpecSchema, port: z.int() })),
  conditions: z.array(conditionSchema),
});
type NetworkState = Omit<z.infer<typeof stateSchema>, "savedAt">;

export type StateFile = {
  load(): Promise<NetworkState>;
  /** Writes one after another; the state is taken when its turn comes. */
  save(current: () => NetworkState): Promise<void>;
};

/** `<home>/network/state.json`: what must be the same after `kill -9`. */
export function createStateFile(home: string): StateFile {
  const file = path.join(home, "network", "state.json");
  let lastSave: Promise<void> = Promise.resolve();
  return {
    async load() {
      const found = await readJson(file);
      if (found === undefined) return { links: [], conditions: [] };
      const state = stateSchema.parse(found);
      // A monotonic clock that ran backwards means that the host was started anew: nothing of then still holds.
      const sameBoot = BigInt(state.savedAt.monoNs) <= monoNs();
      return { links: state.links, conditions: sameBoot ? state.conditions : [] };
    },
    save(current) {
      const write = (): Promise<void> =>
        writeFileAtomic(file, JSON.stringify({ savedAt: stamp(), ...current() }, null, 1));
      lastSave = lastSave.then(write, write);
      return lastSave;
    },
  };
}
