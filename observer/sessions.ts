import type { z } from "zod";
import { monoNs, stamp, type Stamp } from "../base/clocks.ts";
import { LifeboatError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { awaitSchema, SessionResult, SessionSpec, SessionStatus } from "../contracts/observer.ts";
import { digestOf } from "./digests.ts";
import type { AwaitAnswer } from "./probes/thread-messages.ts";
import { startSession, type Session } from "./session.ts";
import { createSessionStore, type StoredSession } from "./session-store.ts";

export type Sessions = {
  /** Continues what was running when the process died. */
  resume(): Promise<void>;
  /** Starts a session; repeating it changes nothing. @throws CONFLICT for another plan under the same id */
  put(id: string, spec: SessionSpec): Promise<SessionStatus>;
  get(id: string): Promise<SessionStatus>;
  awaitCondition(id: string, wanted: z.infer<typeof awaitSchema>): Promise<AwaitAnswer>;
  /** Repeating it gives the same answer. */
  stop(id: string): Promise<SessionResult>;
  /** Flushes and ends the threads; the sessions stay "running" and go on in the next process. */
  suspend(): Promise<void>;
};

type Running = {
  readonly id: string;
  readonly specDigest: string;
  readonly session: Session;
  readonly end: NodeJS.Timeout;
  stopping?: Promise<SessionResult>;
};

// oxlint-disable-next-line max-lines-per-function -- a factory: its parts share one state and are small each
export function createSessions(options: { readonly folder: string; readonly log: Logger }): Sessions {
  const { folder, log } = options;
  const store = createSessionStore(folder);
  const running = new Map<string, Running>();
  /** Starts are done one after the other: two requests with the same id must not start it twice. */
  let lastStart: Promise<unknown> = Promise.resolve();

  async function start(stored: Extract<StoredSession, { state: "running" }>): Promise<void> {
    const { id, spec, origin, specDigest } = stored;
    const session = await startSession({ spec, origin, log: log.child({ session: id }) });
    const leftMs = spec.maxDurationMs - sinceMs(origin);
    const end = setTimeout(() => void stop(id).catch((error) => log.error({ error }, "stop failed")), leftMs);
    running.set(id, { id, specDigest, session, end });
  }
  async function startOnce(id: string, spec: SessionSpec): Promise<void> {
    const specDigest = digestOf(spec);
    const known = running.get(id) ?? (await store.load(id));
    if (known && known.specDigest !== specDigest) {
      throw new LifeboatError("CONFLICT", `session ${id} exists with another plan`);
    }
    if (known) return;
    const stored = { state: "running", id, origin: stamp(), specDigest, spec } as const;
    await store.save(stored);
    await start(stored);
  }
  function inTurn(work: () => Promise<void>): Promise<void> {
    const mine = lastStart.then(work);
    lastStart = mine.catch(() => undefined);
    return mine;
  }
  async function stopNow(one: Running): Promise<SessionResult> {
    clearTimeout(one.end);
    const status = { id: one.id, state: "stopped" as const, ...(await one.session.status()) };
    const result = await one.session.stop();
    await store.save({ state: "stopped", id: one.id, specDigest: one.specDigest, status, result });
    running.delete(one.id);
    return result;
  }
  async function stop(id: string): Promise<SessionResult> {
    const one = running.get(id);
    if (one) return (one.stopping ??= stopNow(one));
    return (await stopped(id)).result;
  }
  async function stopped(id: string): Promise<Extract<StoredSession, { state: "stopped" }>> {
    const stored = await store.load(id);
    if (stored?.state === "stopped") return stored;
    throw new LifeboatError("NOT_FOUND", `no session ${id}`);
  }
  async function get(id: string): Promise<SessionStatus> {
    const one = running.get(id);
    if (one && !one.stopping) return { id, state: "running", ...(await one.session.status()) };
    await one?.stopping;
    return (await stopped(id)).status;
  }
  return {
    get,
    stop,
    async put(id, spec) {
      await inTurn(() => startOnce(id, spec));
      return get(id);
    },
    async awaitCondition(id, wanted) {
      const one = running.get(id);
      if (!one) throw new LifeboatError("NOT_FOUND", `no running session ${id}`);
      return one.session.awaitCondition(wanted);
    },
    resume: () =>
      inTurn(async () => {
        for (const stored of await store.all()) {
          if (stored.state === "running") await start(stored);
        }
      }),
    async suspend() {
      for (const one of running.values()) clearTimeout(one.end);
      await Promise.allSettled([...running.values()].map((one) => one.stopping ?? one.session.stop()));
    },
  };
}

function sinceMs(origin: Stamp): number {
  const ms = Number(monoNs() - BigInt(origin.monoNs)) / 1e6;
  // A reading before the origin means that the host was started anew: that session's time is over.
  return ms < 0 ? Number.MAX_SAFE_INTEGER : ms;
}
