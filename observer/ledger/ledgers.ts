import type { z } from "zod";
import { LifeboatError } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { LedgerSpec, ReadBackRequest, readBackAnswerSchema } from "../../contracts/ledger.ts";
import { createRunStore, type RunStore } from "../run-store.ts";
import { createRuns, type Runs } from "../runs.ts";
import { readBooks } from "./books.ts";
import { readCounters } from "./cache-reader.ts";
import { openLedger, type Ledger, type LedgerResult, type LedgerStatus } from "./ledger.ts";
import { readBackLedger } from "./read-back.ts";
import { openSeqBlocks } from "./seq-blocks.ts";
import { storedLedgerSchema, type StoredLedger } from "./stored-ledger.ts";

export type Ledgers = Omit<Runs<LedgerSpec, Ledger, LedgerStatus, LedgerResult>, "live"> & {
  /** Also possible when the ledger was stopped, by a later process too. @throws NOT_FOUND */
  readBack(id: string, request: ReadBackRequest): Promise<z.infer<typeof readBackAnswerSchema>>;
};

export function createLedgers({ folder, log }: { readonly folder: string; readonly log: Logger }): Ledgers {
  const store = createRunStore(folder, storedLedgerSchema);
  const runs = createRuns<StoredLedger, Ledger, LedgerStatus, LedgerResult>(
    {
      noun: "ledger",
      store,
      plan: async (begun) => ({
        ...begun,
        reserved: {},
        writerRestarts: 0,
        baselines: await baselinesOf(begun.spec),
        stopped: null,
      }),
      start: (stored) => start(stored, store, log),
      afterDeath: (stored) => ({ ...stored, writerRestarts: stored.writerRestarts + 1 }),
      atRest: (stored) => ({ ...stored, spec: withoutSecrets(stored.spec) }),
    },
    log,
  );
  return {
    ...runs,
    async readBack(id, request) {
      const ledger = await runs.live(id);
      if (ledger) return ledger.readBack(request);
      const stored = await store.load(id);
      if (!stored) throw new LifeboatError("NOT_FOUND", `no ledger ${id}`);
      const books = await readBooks(stored.spec);
      return readBackLedger(stored, { books, upToSeq: books.lastSeqs(), request });
    },
  };
}

async function start(stored: StoredLedger, store: RunStore<StoredLedger>, log: Logger): Promise<Ledger> {
  const { id, spec } = stored;
  const seqs = await openSeqBlocks({
    reserved: stored.reserved,
    // Ten seconds of writes each, so that a reservation is always on disk well before it is needed.
    blockSizes: Object.fromEntries(spec.writers.map((one) => [one.name, Math.ceil(one.ratePerSecond * 10) + 100])),
    persist: (reserved) => store.save({ ...stored, reserved }),
    onError: (error) => log.error({ error, ledger: id }, "no sequence numbers could be reserved"),
  });
  return openLedger(stored, seqs, log);
}

async function baselinesOf(spec: LedgerSpec): Promise<StoredLedger["baselines"]> {
  const found = await Promise.all(
    (spec.caches ?? []).map(async (cache) => [cache.cache, await readCounters(cache)] as const),
  );
  return Object.fromEntries(found.flatMap(([cache, counters]) => (counters ? [[cache, counters]] : [])));
}

function withoutSecrets({ caches: _caches, ...spec }: LedgerSpec): LedgerSpec {
  return { ...spec, writers: spec.writers.map((writer) => ({ ...writer, headers: {} })) };
}
