import { randomBytes } from "node:crypto";
import type { WriteLine, WriterSpec } from "../../contracts/ledger.ts";
import { createHttpSlots, type HttpAttempt, type HttpEnd } from "../../base/http1/slots.ts";
import { PROBE_IDLE_MS } from "../connections.ts";
import { outcomeOf, reasonOf, servedByOf } from "./classify.ts";

type WriterOptions = {
  readonly spec: WriterSpec;
  /** Microseconds since the ledger's origin. */
  readonly nowUs: () => number;
  /** A number never used before, also over restarts; undefined while none is reserved. */
  readonly nextSeq: () => number | undefined;
  readonly record: (line: WriteLine) => void;
};

export type Writer = {
  /** Highest number sent; 0 before the first. */
  readonly lastSeq: () => number;
  /** Writes sent whose outcome is not known yet. */
  readonly openSeqs: () => Iterable<number>;
  /** Sends no more and waits for what is under way, at most its time-out. */
  stop(): Promise<void>;
};

/** Never more writes under way than this: each holds a socket. */
const openMost = 2048;
/** Due writes are caught up after a late wake-up, but not more than this: a stall must not end in a flood. */
const catchUpUs = 250_000;

/** Writes open loop: number k of this process is due at start + k / rate, whatever the ones before do. */
export function startWriter({ spec, nowUs, nextSeq, record }: WriterOptions): Writer {
  const template = new URL(spec.url);
  const path = `${template.pathname}${template.search}`;
  const slots = createHttpSlots(template.origin, { connectTimeoutMs: spec.timeoutMs, idleMs: PROBE_IDLE_MS });
  const open = new Set<number>();
  const intervalUs = 1_000_000 / spec.ratePerSecond;
  let dueUs = nowUs();
  let lastSeq = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function send(): void {
    const seq = open.size < openMost ? nextSeq() : undefined;
    if (seq === undefined) return;
    lastSeq = seq;
    open.add(seq);
    const token = randomBytes(9).toString("base64url");
    const sentUs = nowUs();
    let attempt: HttpAttempt | undefined;
    const settle = (end: HttpEnd | undefined): void => {
      clearTimeout(timeout);
      if (!open.delete(seq)) return;
      const served = servedByOf(end);
      const outcome = outcomeOf(end, attempt?.wasSent() ?? false);
      const by = [served.region, served.cache, served.routingVersion] as const;
      const reason = reasonOf(end);
      const line: WriteLine = [spec.name, seq, token, sentUs, nowUs(), outcome, ...by];
      if (reason) line[9] = reason;
      record(line);
    };
    const onTimeout = (): void => {
      if (!open.has(seq)) return;
      settle(undefined);
      attempt?.abandon();
    };
    // After a stall timers come before sockets: an answer that is already here must win.
    const timeout = setTimeout(() => setImmediate(onTimeout), spec.timeoutMs);
    const filled = fill(path, { writer: spec.name, seq: String(seq), token });
    attempt = slots.send({ method: spec.method ?? "PUT", path: filled, headers: spec.headers }, settle);
  }
  function tick(): void {
    const now = nowUs();
    dueUs = Math.max(dueUs, now - catchUpUs);
    for (; dueUs <= now; dueUs += intervalUs) send();
    timer = setTimeout(tick, Math.max(1, (dueUs - nowUs()) / 1000));
  }
  tick();
  return {
    lastSeq: () => lastSeq,
    openSeqs: () => open,
    async stop() {
      if (!stopped) clearTimeout(timer);
      stopped = true;
      const deadlineUs = nowUs() + spec.timeoutMs * 1000 + 250_000;
      while (open.size > 0 && nowUs() < deadlineUs) await new Promise((resolve) => setTimeout(resolve, 5));
      slots.close();
    },
  };
}

/** URL writes braces in a path as %7B and %7D. */
function fill(path: string, values: Readonly<Record<string, string>>): string {
  return path.replaceAll(/(?:\{|%7B)(writer|seq|token)(?:\}|%7D)/gi, (whole, name: string) => values[name] ?? whole);
}
