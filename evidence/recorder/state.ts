import { readdir } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { readJson, writeFileAtomic } from "../../base/files.ts";
import { sealAnswerSchema } from "../../contracts/recorder.ts";

/** What the recorder must know of a drill beyond the bundle itself: `<home>/recorder/<drillId>.json`. */
const stateSchema = z.object({
  drillId: z.string(),
  /** The highest fencing token seen. */
  fencingToken: z.number(),
  sealed: sealAnswerSchema.nullable(),
});
export type DrillState = z.infer<typeof stateSchema>;

export type StateStore = {
  load(drillId: string): Promise<DrillState | undefined>;
  save(state: DrillState): Promise<void>;
  ids(): Promise<string[]>;
};

export function createStateStore(home: string): StateStore {
  const folder = path.join(home, "recorder");
  const fileOf = (drillId: string): string => path.join(folder, `${drillId}.json`);
  return {
    async load(drillId) {
      return stateSchema.safeParse(await readJson(fileOf(drillId))).data;
    },
    save: (state) => writeFileAtomic(fileOf(state.drillId), JSON.stringify(state, null, 2)),
    async ids() {
      const names = await readdir(folder).catch(() => []);
      return names
        .filter((name) => name.endsWith(".json"))
        .map((name) => name.slice(0, -".json".length))
        .toSorted();
    },
  };
}
