import type { Interval, Verdict } from "../evidence/bundle.ts";
import { phases as phaseOrder, type Phase } from "../evidence/events.ts";
import type { BundleView } from "../evidence/view.ts";
import { at, LENGTH_MS } from "./fixture-clock.test-helper.ts";
import { specs } from "./fixture-series.test-helper.ts";

export function ms(lo: number, hi: number): Interval {
  return { kind: "measured", lo, hi, unit: "ms" };
}

const phaseStarts: Readonly<Partial<Record<Phase, number>>> = {
  plan: 12,
  preflight: 240,
  baseline: 1100,
  fault: 9150,
  detect: 9260,
  decide: 10_290,
  act: 11_480,
  restore: 12_050,
  heal: 20_000,
  rejoin: 20_900,
  validate: 32_100,
  judge: 37_200,
  seal: 38_400,
};

export function phaseSpans(): BundleView["measures"]["phases"] {
  return phaseOrder.map((phase) => {
    const startedAt = phaseStarts[phase];
    if (startedAt === undefined)
      return {
        phase,
        state: "skipped",
        why: "the scenario asks for no approval at the start",
        startedAt: null,
        endedAt: null,
        durationMs: null,
      };
    const endedAt = Math.min(LENGTH_MS, ...Object.values(phaseStarts).filter((other) => other > startedAt));
    return {
      phase,
      state: "done",
      why: null,
      startedAt: at(startedAt),
      endedAt: at(endedAt),
      durationMs: endedAt - startedAt,
    };
  });
}

const latency = { samples: 8000, ok: 7992, p50Ms: 13.4, p95Ms: 22.1, p99Ms: 38.7, maxMs: 71.2 };

export function streamMeasures(): BundleView["measures"]["streams"] {
  return specs.map(({ kind, region, op, lost }) => ({
    stream: `${kind}.${region}.${op}`,
    kind,
    region,
    op,
    samples: 40_000,
    maxLatenessMs: 1.42,
    detectionFloorMs: 201,
    outage: lost ? ms(2829.1, 2838.4) : ms(0, 0),
    phases: {
      baseline: latency,
      detect: { samples: 1000, ok: 0, p50Ms: null, p95Ms: null, p99Ms: null, maxMs: null },
      validate: { ...latency, p95Ms: 64.9 },
    },
  }));
}

export function ledger(label: "after-recovery" | "after-healing"): BundleView["measures"]["ledger"][number] {
  const after = label === "after-recovery";
  return {
    label,
    attempted: 15_893,
    acknowledged: 14_766,
    kept: 14_743,
    lost: 23,
    unknownPresent: 611,
    unknownAbsent: 348,
    lostRanges: [
      { writer: "west-1", fromSeq: 1611, toSeq: 1622 },
      { writer: "west-2", fromSeq: 1609, toSeq: 1618 },
      { writer: "east-1", fromSeq: 1604, toSeq: 1604 },
    ],
    unexpected: 0,
    wrongToken: 0,
    disagreements: after ? 23 : 0,
    lossWindow: ms(41.2, 66.9),
    confounders: { expiredKeys: 0, evictedKeys: 0, readErrors: 0, writerRestarts: 0 },
  };
}

export function objectives(verdict: Verdict): BundleView["verdict"]["objectives"] {
  const rto = { pass: ms(2829.1, 2838.4), fail: ms(5829.1, 5838.4), inconclusive: ms(4996.2, 5004.9) }[verdict];
  const why = {
    pass: "the upper bound keeps it",
    fail: "the lower bound breaks it",
    inconclusive: "the bounds lie on both sides of it",
  }[verdict];
  return [
    {
      id: "replica-close",
      metric: "replication-delay",
      objective: "at most 200 ms",
      measured: ms(35.2, 58.1),
      verdict: "pass",
      why: "the upper bound keeps it",
    },
    {
      id: "no-loss",
      metric: "lost-writes",
      objective: "at most 50 writes",
      measured: { kind: "measured", lo: 23, hi: 23, unit: "writes" },
      verdict: "pass",
      why: "the upper bound keeps it",
    },
    {
      id: "baseline-latency",
      metric: "latency-p95",
      objective: "at most 50 ms",
      measured: ms(22.1, 22.1),
      verdict: "pass",
      why: "the upper bound keeps it",
    },
    { id: "writes-back", metric: "rto", objective: "at most 5.000 s", measured: rto, verdict, why },
    {
      id: "redundant-again",
      metric: "redundancy-restored",
      objective: "at most 60.000 s",
      measured: ms(22_790, 22_830),
      verdict: "pass",
      why: "the upper bound keeps it",
    },
  ];
}
