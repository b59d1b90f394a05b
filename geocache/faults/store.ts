import path from "node:path";
import { z } from "zod";
import { readJson, writeFileAtomic } from "../../base/files.ts";
import { faultRecordSchema } from "../../contracts/fault.ts";
import { undoSchema } from "./undo.ts";

const entrySchema = z.object({
  record: faultRecordSchema,
  undo: undoSchema,
  /** The state that the fault will have once it is undone; null while it is to hold. */
  goal: z.enum(["lifted", "lapsed", "failed"]).nullable(),
  /** Whether the world was seen to be as before: nothing is left to be done. */
  undone: z.boolean(),
});
/** A fault and its undo. Replaced as a whole by every change. */
export type Entry = z.infer<typeof entrySchema>;

const stateSchema = z.object({
  tokens: z.record(z.string(), z.int()),
  lastToken: z.int(),
  /** The highest token presented so far. */
  highestSeen: z.int(),
  entries: z.array(entrySchema),
});
type State = z.infer<typeof stateSchema>;

export type Store = {
  tokenOf(holder: string): Promise<number>;
  readonly highestSeen: number;
  /** Remembers a presented token; on disk with the next write. */
  see(token: number): void;
  entries(): Entry[];
  get(id: string): Entry | undefined;
  /** Ends once it is on disk. */
  put(entry: Entry): Promise<void>;
};

/** Faults that are over are kept for their readers, but not for ever. */
const undoneKept = 200;

/** `<home>/keeper/faults.json`, written before every act. */
export async function openStore(home: string): Promise<Store> {
  const file = path.join(home, "keeper", "faults.json");
  const found = await readJson(file);
  const state: State =
    found === undefined ? { tokens: {}, lastToken: 0, highestSeen: 0, entries: [] } : stateSchema.parse(found);
  const entries = new Map(state.entries.map((entry) => [entry.record.id, entry]));
  let lastWrite: Promise<void> = Promise.resolve();
  const save = (): Promise<void> => {
    const write = (): Promise<void> =>
      writeFileAtomic(file, JSON.stringify({ ...state, entries: [...entries.values()] }, null, 1));
    lastWrite = lastWrite.then(write, write);
    return lastWrite;
  };
  const prune = (): void => {
    const over = [...entries.values()].filter((entry) => entry.undone);
    for (const entry of over.slice(0, -undoneKept)) entries.delete(entry.record.id);
  };
  return {
    async tokenOf(holder) {
      const known = state.tokens[holder];
      if (known !== undefined) return known;
      state.lastToken = Math.max(state.lastToken, state.highestSeen) + 1;
      const token = state.lastToken;
      state.tokens[holder] = token;
      await save();
      return token;
    },
    get highestSeen() {
      return state.highestSeen;
    },
    see(token) {
      state.highestSeen = Math.max(state.highestSeen, token);
    },
    entries: () => [...entries.values()],
    get: (id) => entries.get(id),
    put(entry) {
      entries.set(entry.record.id, entry);
      prune();
      return save();
    },
  };
}
