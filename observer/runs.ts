import type { z } from "zod";
import { monoNs, stamp, type Stamp } from "../base/clocks.ts";
import { LifeboatError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import { oneAtATime } from "../base/one-at-a-time.ts";
import { digestOf } from "./digests.ts";
import type { RunStore, storedRunSchema } from "./run-store.ts";

type Spec = { readonly maxDurationMs: number };
type Ended<Status, Result> = { readonly status: Status; readonly result: Result };
type Stored<Status, Result> = z.infer<typeof storedRunSchema> & {
  readonly spec: Spec;
  /** Null while it runs. */
  readonly stopped: Ended<Status, Result> | null;
};
type Live<Status, Result> = { status(): Promise<Status>; stop(): Promise<Ended<Status, Result>> };

/** What differs between the kinds of runs. */
export type RunKind<S extends Stored<Status, Result>, L extends Live<Status, Result>, Status, Result> = {
  /** For messages: "session". */
  readonly noun: string;
  readonly store: RunStore<S>;
  readonly plan: (begun: Pick<S, "id" | "specDigest" | "origin" | "spec">) => Promise<S>;
  /** Starts a run, or goes on where an earlier process of it stopped. */
  readonly start: (stored: S) => Promise<L>;
  /** What a run is after its process died. */
  readonly afterDeath: (stored: S) => S;
  /** What is kept of a stopped run: no passwords and no tokens. */
  readonly atRest: (stored: S) => S;
};

export type Runs<S extends Spec, L, Status, Result> = {
  /** Continues what was running when the process died. */
  resume(): Promise<void>;
  /** Starts a run; repeating it changes nothing. @throws CONFLICT for another plan under the same id */
  put(id: string, spec: S): Promise<Status>;
  /** @throws NOT_FOUND */
  get(id: string): Promise<Status>;
  /** The run itself, unless it was stopped or is about to be; waits for a stop that is under way. */
  live(id: string): Promise<L | undefined>;
  /** Repeating it gives the same answer. @throws NOT_FOUND */
  stop(id: string): Promise<Result>;
  /** Flushes and ends what runs; it stays "running" and goes on in the next process. */
  suspend(): Promise<void>;
};

/** The life of runs that must survive their process: started once, stopped once, continued after a restart. */
export function createRuns<S extends Stored<Status, Result>, L extends Live<Status, Result>, Status, Result>(
  kind: RunKind<S, L, Status, Result>,
  log: Logger,
): Runs<S["spec"], L, Status, Result> {
  type Running = { readonly stored: S; readonly live: L; readonly end: NodeJS.Timeout; stopping?: Promise<Result> };
  const running = new Map<string, Running>();
  /** Two requests with the same id must not start it twice. */
  const inOrder = oneAtATime();

  async function start(stored: S): Promise<void> {
    const { id } = stored;
    const live = await kind.start(stored);
    const overIt = (): void => void stop(id).catch((error: unknown) => log.error({ error, id }, "stop failed"));
    running.set(id, { stored, live, end: setTimeout(overIt, leftMs(stored)) });
  }
  async function startOnce(id: string, spec: S["spec"]): Promise<void> {
    const specDigest = digestOf(spec);
    const known = running.get(id)?.stored ?? (await kind.store.load(id));
    if (known && known.specDigest !== specDigest) {
      throw new LifeboatError("CONFLICT", `${kind.noun} ${id} exists with another plan`);
    }
    if (known) return;
    const stored = await kind.plan({ id, specDigest, origin: stamp(), spec });
    await kind.store.save(stored);
    await start(stored);
  }
  async function stopNow({ stored, live, end }: Running): Promise<Result> {
    clearTimeout(end);
    const stopped = await live.stop();
    await kind.store.save(kind.atRest({ ...stored, stopped }));
    running.delete(stored.id);
    return stopped.result;
  }
  async function stopped(id: string): Promise<Ended<Status, Result>> {
    const stored = await kind.store.load(id);
    if (stored?.stopped) return stored.stopped;
    throw new LifeboatError("NOT_FOUND", `no ${kind.noun} ${id}`);
  }
  async function stop(id: string): Promise<Result> {
    const one = running.get(id);
    return one ? (one.stopping ??= stopNow(one)) : (await stopped(id)).result;
  }
  async function live(id: string): Promise<L | undefined> {
    const one = running.get(id);
    if (!one?.stopping) return one?.live;
    await one.stopping;
    return undefined;
  }
  const get = async (id: string): Promise<Status> => {
    const one = await live(id);
    return one ? one.status() : (await stopped(id)).status;
  };
  return {
    get,
    live,
    stop,
    put: (id, spec) => inOrder(() => startOnce(id, spec)).then(() => get(id)),
    resume: () =>
      inOrder(async () => {
        for (const stored of await kind.store.all()) if (!stored.stopped) await start(kind.afterDeath(stored));
      }),
    async suspend() {
      for (const one of running.values()) clearTimeout(one.end);
      await Promise.allSettled([...running.values()].map((one) => one.stopping ?? one.live.stop()));
    },
  };
}

function leftMs({ origin, spec }: { readonly origin: Stamp; readonly spec: Spec }): number {
  const sinceMs = Number(monoNs() - BigInt(origin.monoNs)) / 1e6;
  // A reading before the origin means that the host was started anew: that run's time is over.
  return sinceMs < 0 ? 0 : Math.max(0, spec.maxDurationMs - sinceMs);
}
