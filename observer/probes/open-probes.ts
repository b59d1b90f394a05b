import type { ProbeOutcome, ProbeSample, StreamSpec } from "../../contracts/observer.ts";

export type OpenProbe = {
  readonly dueUs: number;
  readonly sentUs: number;
  endUs: number;
  lateUs: number | null;
  outcome: ProbeOutcome | undefined;
  /** No late answer is awaited any more. */
  settled: boolean;
  giveUp: () => void;
};

type OpenProbes = {
  open(dueUs: number, sentUs: number): OpenProbe;
  /** Nothing more is to come for this probe. */
  settle(probe: OpenProbe): void;
  /** Gives up what is answered late no more; false while all places are taken by probes within their time-out. */
  makeRoom(nowUs: number): boolean;
  anyUndecided(): boolean;
  abandonAll(): void;
};

/** A late answer is awaited for this long at most. */
const lateWindowUs = 10_000_000;
/** Never more open probes than this, whatever interval and time-out say: each may hold a socket. */
const mostOpen = 2048;

/** How many probes may be open: all within their time-out, and some more whose late answers are still awaited. */
function openLimit(spec: StreamSpec): number {
  return Math.min(mostOpen, Math.max(256, Math.ceil(spec.timeoutMs / spec.intervalMs) + 64));
}

/** The probes that are sent and not settled. Settled ones are recorded in the order of sending. */
export function createOpenProbes(spec: StreamSpec, record: (sample: ProbeSample) => void): OpenProbes {
  const open: OpenProbe[] = [];
  const limit = openLimit(spec);

  function settle(probe: OpenProbe): void {
    probe.settled = true;
    while (open[0]?.settled) {
      const first = open.shift();
      if (first?.outcome) record([first.dueUs, first.sentUs, first.endUs, first.outcome, first.lateUs]);
    }
  }
  function abandon(probe: OpenProbe): void {
    if (probe.settled) return;
    probe.giveUp();
    settle(probe);
  }
  return {
    settle,
    open(dueUs, sentUs) {
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
      return probe;
    },
    makeRoom(nowUs) {
      const isOver = (probe: OpenProbe | undefined): probe is OpenProbe =>
        probe?.outcome !== undefined && probe.endUs < nowUs - lateWindowUs;
      for (let oldest = open[0]; isOver(oldest); oldest = open[0]) abandon(oldest);
      if (open.length < limit) return true;
      if (open[0]?.outcome === undefined) return false;
      abandon(open[0]);
      return true;
    },
    anyUndecided: () => open.some((probe) => probe.outcome === undefined),
    abandonAll() {
      for (let first = open[0]; first; first = open[0]) abandon(first);
    },
  };
}
