import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { readJson, writeFileAtomic } from "../../base/files.ts";
import { ledgerResultSchema, ledgerSpecSchema, ledgerStatusSchema } from "../../contracts/ledger.ts";
import { stampSchema } from "../../contracts/stamps.ts";

const counters = z.object({ runId: z.string(), expiredKeys: z.number(), evictedKeys: z.number() });
export type CacheCounters = z.infer<typeof counters>;

/** What outlives the process, a file per ledger. */
const storedLedgerSchema = z.object({
  id: z.string(),
  state: z.enum(["running", "stopped"]),
  spec: ledgerSpecSchema,
  specDigest: z.string(),
  origin: stampSchema,
  /** Highest sequence number that may have been used, by writer. */
  reserved: z.record(z.string(), z.number()),
  writerRestarts: z.number(),
  /** The caches' counters when they were first seen: what they had counted before is not the drill's. */
  baselines: z.record(z.string(), counters),
  stopped: z.object({ status: ledgerStatusSchema, result: ledgerResultSchema }).nullable(),
});
export type StoredLedger = z.infer<typeof storedLedgerSchema>;

type LedgerStore = {
  load(id: string): Promise<StoredLedger | undefined>;
  save(ledger: StoredLedger): Promise<void>;
  all(): Promise<StoredLedger[]>;
};

export function createLedgerStore(folder: string): LedgerStore {
  /** One after the other, so that an older state never replaces a newer one. */
  let lastSave: Promise<unknown> = Promise.resolve();
  const fileOf = (id: string): string => path.join(folder, `${id}.json`);
  async function load(id: string): Promise<StoredLedger | undefined> {
    const found = storedLedgerSchema.safeParse(await readJson(fileOf(id)));
    return found.success ? found.data : undefined;
  }
  return {
    load,
    save(ledger) {
      const mine = lastSave.then(() => writeFileAtomic(fileOf(ledger.id), JSON.stringify(ledger, null, 2)));
      lastSave = mine.catch(() => undefined);
      return mine;
    },
    async all() {
      await mkdir(folder, { recursive: true });
      const names = (await readdir(folder)).filter((name) => name.endsWith(".json"));
      const found = await Promise.all(names.map((name) => load(name.slice(0, -".json".length))));
      return found.filter((ledger) => ledger !== undefined);
    },
  };
}
