import path from "node:path";
import { z } from "zod";
import { readJson, writeFileAtomic } from "../../base/files.ts";
import { faultRecordSchema } from "../../contracts/fault.ts";
import type { Hold, SeenTokens } from "./fencing.ts";
import { undoSchema, type Undo } from "./undo.ts";

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
  /** The newest token of each holder. */
  tokens: z.record(z.string(), z.int()),
  /** The highest token that was given or presented so far. */
  lastToken: z.int(),
  /** The highest token with which each target was injected on. */
  targets: z.record(z.string(), z.int()).default({}),
  entries: z.array(entrySchema),
});
type State = z.infer<typeof stateSchema>;

export type Store = {
  readonly seen: SeenTokens;
  tokenOf(holder: string): Promise<number>;
  /** A new token for the holder, which makes its old one stale. */
  takeOver(holder: string): Promise<number>;
  /** Remembers a presented token, and on which target; on disk with the next write. */
  see(hold: Hold, target?: string): void;
  entries(): Entry[];
  get(id: string): Entry | undefined;
  /** Ends once it is on disk. */
  put(entry: Entry): Promise<void>;
};

/** Faults that are over are kept for their readers, but not for ever. */
const undoneKept = 200;

/** Where the faults of a home are written down before every act. */
export function recordFileOf(home: string): string {
  return path.join(home, "keeper", "faults.json");
}

/** The undo of one fault as it was written down last. */
export async function readUndo(file: string, faultId: string): Promise<Undo | undefined> {
  return (await readState(file)).entries.find(({ record }) => record.id === faultId)?.undo;
}

async function readState(file: string): Promise<State> {
  const found = await readJson(file);
  return found === undefined ? { tokens: {}, lastToken: 0, targets: {}, entries: [] } : stateSchema.parse(found);
}

export async function openStore(home: string): Promise<Store> {
  const file = recordFileOf(home);
  const state = await readState(file);
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
  const newToken = async (holder: string): Promise<number> => {
    state.lastToken += 1;
    const token = state.lastToken;
    state.tokens[holder] = token;
    await save();
    return token;
  };
  return {
    seen: {
      ofHolder: (holder) => state.tokens[holder] ?? 0,
      onTarget: (target) => state.targets[target] ?? 0,
    },
    tokenOf: async (holder) => state.tokens[holder] ?? newToken(holder),
    takeOver: newToken,
    see({ holder, fencingToken }, target) {
      state.lastToken = Math.max(state.lastToken, fencingToken);
      state.tokens[holder] = Math.max(state.tokens[holder] ?? 0, fencingToken);
      if (target !== undefined) state.targets[target] = Math.max(state.targets[target] ?? 0, fencingToken);
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
