import type { AttemptEnd, Prober } from "./prober.ts";
import type { ProbeOutcome, ProbeSample, StreamSpec } from "../../contracts/observer.ts";
import { startSchedule } from "./schedule.ts";

type ProbeStreamOptions = {
  readonly spec: StreamSpec;
  readonly prober: Prober;
  /** Microseconds since the origin of the session. */
  readonly nowUs: () => number;
  /** Takes each finished sample, in the order of sending. */
  readonly record: (sample: ProbeSample) => void;
  /** Told of each outcome as soon as it is known. */
  readonly known: (known: { outcome: ProbeOutcome; sentUs: number; endUs: number }) => void;
};

type ProbeStream = {
  readonly sentCount: () => number;
  readonly maxLatenessUs: () => number;
  /** Sends no more, gives probes under way their time-out, and records what has an outcome. */
  stop(): Promise<void>;
};

type OpenProbe = {
  readonly dueUs: number;
  readonly sentUs: number;
  endUs: number;
  lateUs: number | null;
  outcome: ProbeOutcome | undefined;
  /** No late answer is awaited any more. */
  settled: boolean;
  giveUp: () => void;
};

/** A late answer is awaited for this long at most. */
const lateWindowUs = 10_000_000;
/** Never more open probes than this, whatever interval and time-out say: each may hold a socket. */
const mostOpenProbes = 2048;

/** How many probes may be open: all within their time-out, and some more whose late answers are still awaited. */
function openLimit(spec: StreamSpec): number {
  return Math.min(mostOpenProbes, Math.max(256, Math.ceil(spec.timeoutMs / spec.intervalMs) + 64));
}

/**
 * Runs one stream. When the limit of open probes is reached, the oldest one that has already timed out is given up
 * (its sample stays a time-out, without a late answer). If none has, nothing is sent and nothing is recorded for
 * that due time: no sample claims an outcome of what was never sent; the gap shows as lateness of the next one.
 */
// oxlint-disable-next-line max-lines-per-function -- a factory: its parts share one state and are small each
export function startProbeStream({ spec, prober, nowUs, record, known }: ProbeStreamOptions): ProbeStream {
  const open: OpenProbe[] = [];
  const limit = openLimit(spec);
  let sentCount = 0;
  let maxLatenessUs = 0;
  let missedUs: number | undefined;

  function recordSettled(): void {
    while (open[0]?.settled) {
      const probe = open.shift();
      if (probe?.outcome) record([probe.dueUs, probe.sentUs, probe.endUs, probe.outcome, probe.lateUs]);
    }
  }
  function decide(probe: OpenProbe, outcome: ProbeOutcome, endUs: number): void {
    probe.outcome = outcome;
    probe.endUs = endUs;
    known({ outcome, sentUs: probe.sentUs, endUs });
  }
  function settle(probe: OpenProbe): void {
    probe.settled = true;
    recordSettled();
  }
  function onTimeout(probe: OpenProbe): void {
    if (probe.outcome === undefined) decide(probe, "timeout", probe.sentUs + spec.timeoutMs * 1000);
  }
  function onEnd(probe: OpenProbe, end: AttemptEnd): void {
    if (probe.outcome === undefined) decide(probe, end, nowUs());
    else if (end === "ok") probe.lateUs = nowUs();
    settle(probe);
  }
  function abandon(probe: OpenProbe): void {
    if (probe.settled) return;
    probe.giveUp();
    settle(probe);
  }
  function makeRoom(now: number): boolean {
    for (let oldest = open[0]; oldest?.outcome && oldest.endUs < now - lateWindowUs; oldest = open[0]) abandon(oldest);
    if (open.length < limit) return true;
    if (open[0]?.outcome === undefined) return false;
    abandon(open[0]);
    return true;
  }
  function send(n: number, gridUs: number): void {
    const sentUs = nowUs();
    const dueUs = missedUs ?? gridUs;
    if (!makeRoom(sentUs)) {
      missedUs = dueUs;
      return;
    }
    missedUs = undefined;
    sentCount += 1;
    maxLatenessUs = Math.max(maxLatenessUs, sentUs - dueUs);
    const probe: OpenProbe = {
      dueUs,
      sentUs,
      endUs: 0,
      lateUs: null,
      outcome: undefined,
      settled: false,
      giveUp: () => undefined,
    };
    open.push(probe);
    // After a stall of this thread timers come before sockets: an answer that is already here must win.
    const timer = setTimeout(() => setImmediate(onTimeout, probe), spec.timeoutMs);
    probe.giveUp = prober.send(n, (end) => {
      clearTimeout(timer);
      onEnd(probe, end);
    });
  }

  const stopSchedule = startSchedule({ intervalUs: spec.intervalMs * 1000, nowUs, send });
  return {
    sentCount: () => sentCount,
    maxLatenessUs: () => maxLatenessUs,
    async stop() {
      stopSchedule();
      const deadlineUs = nowUs() + spec.timeoutMs * 1000 + 50_000;
      while (open.some((probe) => probe.outcome === undefined) && nowUs() < deadlineUs) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      for (const probe of open.slice()) abandon(probe);
      await prober.close();
    },
  };
}
