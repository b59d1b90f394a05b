import type { AttemptEnd, Prober } from "./prober.ts";
import type { ProbeOutcome, ProbeSample, StreamSpec } from "../../contracts/observer.ts";
import { createOpenProbes, type OpenProbe } from "./open-probes.ts";
import { startSchedule } from "./schedule.ts";

type ProbeStreamOptions = {
  readonly spec: StreamSpec;
  readonly prober: Prober;
  /** Microseconds since the origin of the session. */
  readonly nowUs: () => number;
  /** The first due time that an earlier process of the stream left out: the first sample shows the gap since then. */
  readonly missedUs?: number;
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

/**
 * Runs one stream. When the limit of open probes is reached, the oldest one that has already timed out is given up
 * (its sample stays a time-out, without a late answer). If none has, nothing is sent and nothing is recorded for
 * that due time: no sample claims an outcome of what was never sent; the gap shows as lateness of the next one.
 */
export function startProbeStream({ spec, prober, nowUs, record, known, ...rest }: ProbeStreamOptions): ProbeStream {
  const probes = createOpenProbes(spec, record);
  let sentCount = 0;
  let maxLatenessUs = 0;
  let { missedUs } = rest;

  function decide(probe: OpenProbe, outcome: ProbeOutcome, endUs: number): void {
    probe.outcome = outcome;
    probe.endUs = endUs;
    known({ outcome, sentUs: probe.sentUs, endUs });
  }
  function onTimeout(probe: OpenProbe): void {
    if (probe.outcome === undefined) decide(probe, "timeout", probe.sentUs + spec.timeoutMs * 1000);
  }
  function onEnd(probe: OpenProbe, end: AttemptEnd): void {
    if (probe.outcome === undefined) decide(probe, end, nowUs());
    else if (end === "ok") probe.lateUs = nowUs();
    probes.settle(probe);
  }
  function send(n: number, gridUs: number): void {
    const sentUs = nowUs();
    const dueUs = missedUs ?? gridUs;
    if (!probes.makeRoom(sentUs)) {
      missedUs = dueUs;
      return;
    }
    missedUs = undefined;
    sentCount += 1;
    maxLatenessUs = Math.max(maxLatenessUs, sentUs - dueUs);
    const probe = probes.open(dueUs, sentUs);
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
      while (probes.anyUndecided() && nowUs() < deadlineUs) await new Promise((resolve) => setTimeout(resolve, 5));
      probes.abandonAll();
      await prober.close();
    },
  };
}
