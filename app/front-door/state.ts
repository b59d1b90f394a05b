import path from "node:path";
import { z } from "zod";
import { readJson, writeFileAtomic } from "../../base/files.ts";
import { nameSchema } from "../../contracts/endpoint.ts";
import { instanceSpecSchema } from "../../contracts/front-door.ts";
import { routingMoveSchema, routingTableSchema } from "../../contracts/routing.ts";
import { stampSchema } from "../../contracts/stamps.ts";

/** What the front door must not forget over a restart. Version 0 stands for "no table yet". */
const stateSchema = z.object({
  version: z.number(),
  table: routingTableSchema,
  switchedAt: stampSchema.nullable(),
  lastOldVersionServedAt: stampSchema.nullable(),
  /** The highest fencing token seen. */
  fencingToken: z.number(),
  draining: z.boolean(),
  instances: z.record(nameSchema, instanceSpecSchema),
  moves: z.array(routingMoveSchema).default([]),
});
export type State = z.infer<typeof stateSchema>;

const empty: State = {
  version: 0,
  table: { users: {}, caches: {} },
  switchedAt: null,
  lastOldVersionServedAt: null,
  fencingToken: 0,
  draining: false,
  instances: {},
  moves: [],
};

export type StateStore = {
  get(): State;
  /** On disk first, then in force: a front door killed in between comes back with the new state. */
  change(part: Partial<State>): Promise<void>;
};

export async function openState(home: string): Promise<StateStore> {
  const file = path.join(home, "front-door", "state.json");
  const found = await readJson(file);
  let state = found === undefined ? empty : stateSchema.parse(found);
  let writing: Promise<void> = Promise.resolve();
  return {
    get: () => state,
    change(part) {
      const change = writing.then(async () => {
        const changed = { ...state, ...part };
        await writeFileAtomic(file, JSON.stringify(changed, null, 2));
        state = changed;
      });
      writing = change.catch(() => undefined);
      return change;
    },
  };
}
