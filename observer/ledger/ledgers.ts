import type { z } from "zod";
import { stamp, monoNs } from "../../base/clocks.ts";
import { LifeboatError } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { LedgerSpec, ReadBackRequest, readBackAnswerSchema } from "../../contracts/ledger.ts";
import { readCounters } from "./cache-reader.ts";
import { openLedger, type Ledger, type LedgerResult, type LedgerStatus } from "./ledger.ts";
import { createLedgerStore, type StoredLedger } from "./ledger-store.ts";
import { readBooks } from "./books.ts";
import { readBackLedger } from "./read-back.ts";
import { digestOf } from "../digests.ts";
import { openSeqBlocks } from "./seq-blocks.ts";

export type Ledgers = {
  /** Goes on with what was running when the process died. */
  resume(): Promise<void>;
  /** Starts a ledger; repeating it changes nothing. @throws CONFLICT for another plan under the same id */
  put(id: string, spec: LedgerSpec): Promise<LedgerStatus>;
  get(id: string): Promise<LedgerStatus>;
  readBack(id: string, request: ReadBackRequest): Promise<z.infer<typeof readBackAnswerSchema>>;
  /** Ends the writers. The read-back is still possible afterwards; repeating it gives the same answer. */
  stop(id: string): Promise<LedgerResult>;
  suspend(): Promise<void>;
};

type Running = {
  stored: StoredLedger;
  readonly ledger: Ledger;
  readonly end: NodeJS.Timeout;
  stopping?: Promise<LedgerResult>;
};

// oxlint-disable-next-line max-lines-per-function -- a factory: its parts share one state and are small each
export function createLedgers(options: { readonly folder: string; readonly log: Logger }): Ledgers {
  const { log } = options;
  const store = createLedgerStore(options.folder);
  const running = new Map<string, Running>();
  let lastStart: Promise<unknown> = Promise.resolve();

  async function start(stored: StoredLedger): Promise<void> {
    const { id, spec } = stored;
    const seqs = await openSeqBlocks({
      reserved: stored.reserved,
      // Ten seconds of writes each, so that a reservation is always on disk well before it is needed.
      blockSizes: Object.fromEntries(spec.writers.map((one) => [one.name, Math.ceil(one.ratePerSecond * 10) + 100])),
      persist: async (reserved) => {
        const now = running.get(id)?.stored ?? stored;
        if (!running.get(id)?.stopping) await store.save({ ...now, reserved });
      },
      onError: (error) => log.error({ error, ledger: id }, "no sequence numbers could be reserved"),
    });
    const ledger = await openLedger(stored, seqs, log);
    const sinceMs = Number(monoNs() - BigInt(stored.origin.monoNs)) / 1e6;
    const leftMs = sinceMs < 0 ? 0 : Math.max(0, spec.maxDurationMs - sinceMs);
    const end = setTimeout(() => void stop(id).catch((error) => log.error({ error }, "stop failed")), leftMs);
    running.set(id, { stored, ledger, end });
  }
  async function startOnce(id: string, spec: LedgerSpec): Promise<void> {
    const specDigest = digestOf(spec);
    const known = running.get(id)?.stored ?? (await store.load(id));
    if (known && known.specDigest !== specDigest) {
      throw new LifeboatError("CONFLICT", `ledger ${id} exists with another plan`);
    }
    if (known) return;
    const stored: StoredLedger = {
      id,
      state: "running",
      spec,
      specDigest,
      origin: stamp(),
      reserved: {},
      writerRestarts: 0,
      baselines: await baselinesOf(spec),
      stopped: null,
    };
    await store.save(stored);
    await start(stored);
  }
  function inTurn(work: () => Promise<void>): Promise<void> {
    const mine = lastStart.then(work);
    lastStart = mine.catch(() => undefined);
    return mine;
  }
  async function stopNow(one: Running): Promise<LedgerResult> {
    clearTimeout(one.end);
    const { id } = one.stored;
    const result = await one.ledger.stop();
    const status: LedgerStatus = { id, state: "stopped", writers: one.ledger.status() };
    one.stored = { ...one.stored, state: "stopped", stopped: { status, result } };
    await store.save({ ...one.stored, spec: withoutSecrets(one.stored.spec) });
    return result;
  }
  async function stopped(id: string): Promise<NonNullable<StoredLedger["stopped"]>> {
    const stored = await store.load(id);
    if (stored?.stopped) return stored.stopped;
    throw new LifeboatError("NOT_FOUND", `no ledger ${id}`);
  }
  async function stop(id: string): Promise<LedgerResult> {
    const one = running.get(id);
    if (one) return (one.stopping ??= stopNow(one));
    return (await stopped(id)).result;
  }
  async function get(id: string): Promise<LedgerStatus> {
    const one = running.get(id);
    if (one) return { id, state: one.stored.state, writers: one.ledger.status() };
    return (await stopped(id)).status;
  }
  return {
    get,
    stop,
    async put(id, spec) {
      await inTurn(() => startOnce(id, spec));
      return get(id);
    },
    async readBack(id, request) {
      const one = running.get(id);
      if (one && !one.stopping) return one.ledger.readBack(request);
      await one?.stopping;
      const stored = await store.load(id);
      if (!stored) throw new LifeboatError("NOT_FOUND", `no ledger ${id}`);
      const books = await readBooks(stored.spec);
      return readBackLedger(stored, { books, upToSeq: books.lastSeqs(), request });
    },
    resume: () =>
      inTurn(async () => {
        for (const stored of await store.all()) {
          if (stored.state === "running") await start({ ...stored, writerRestarts: stored.writerRestarts + 1 });
        }
      }),
    async suspend() {
      for (const one of running.values()) clearTimeout(one.end);
      await Promise.allSettled([...running.values()].map((one) => one.stopping ?? one.ledger.stop()));
    },
  };
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
