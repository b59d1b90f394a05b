import { describe, expect, it } from "vitest";
import { fixtureView } from "../reports/fixture-view.test-helper.ts";
import type { Objective } from "../scenarios/schema.ts";
import { loadScenario } from "../scenarios/load.ts";
import type { ActiveMeasure } from "./active-bundle.ts";
import type { Interval, Measures, Verdict } from "./bundle.ts";
import { judge } from "./verdict.ts";

const { scenario } = await loadScenario("active-region-outage");
const ms = (lo: number, hi = lo): Interval => ({ kind: "measured", lo, hi, unit: "ms" });
const counted = (lo: number, hi = lo): Interval => ({ kind: "measured", lo, hi, unit: "writes" });
const ratio = (lo: number, hi = lo): Interval => ({ kind: "measured", lo, hi, unit: "ratio" });
const unknown = (atLeast?: number): Interval => ({
  kind: "not-measured",
  why: "nobody looked",
  ...(atLeast === undefined ? {} : { atLeast }),
});

const member = (cache: string, keys = 10) => ({ cache, keys, elements: keys * 3 });
const equal: ActiveMeasure["comparisons"][number] = {
  label: "after-healing",
  atMs: 50_000,
  tookMs: 120,
  equal: true,
  members: [member("east"), member("west")],
  differenceCount: 0,
  differences: [],
};
const unequal: ActiveMeasure["comparisons"][number] = {
  ...equal,
  equal: false,
  differenceCount: 2,
  differences: [
    {
      key: Buffer.from("board:7").toString("base64"),
      kind: "missing",
      shown: { east: "zset of 3", west: "nothing" },
    },
  ],
};
const counter: ActiveMeasure["counters"][number] = {
  label: "after-healing",
  cache: "east",
  key: "counter:all",
  shown: 12,
  acknowledged: 10,
  unknown: 1,
  sum: "too-high",
};

const base: ActiveMeasure = {
  samples: 100,
  missedSamples: 0,
  memory: [],
  forecast: null,
  headroomAtDecision: ratio(0.4, 0.41),
  tightestAtDecision: "east",
  timeToConverge: ms(800, 1000),
  drillClock: ms(60_000),
  comparisons: [equal],
  conflicts: [],
  origins: [],
  lostAcknowledged: counted(0),
  oomRefusals: counted(0),
  disagreements: [],
  counters: [],
  sets: [],
  lag: [],
  epochs: [],
  totalLoss: false,
};

function judged(objective: Objective, active: Partial<ActiveMeasure> | null, changes: Partial<Measures> = {}) {
  const { active: _active, ...measures } = fixtureView().measures;
  const all = { ...measures, faults: [], ...(active ? { active: { ...base, ...active } } : {}), ...changes };
  const only = { ...scenario, objectives: [objective] };
  const result = judge({ scenario: only, measures: all, events: [], ending: "completed" }).objectives[0];
  return [result?.verdict, result?.why ?? ""] as const;
}

const converge: Objective = { id: "o", metric: "time-to-converge", atMostMs: 1000 };
const equality: Objective = { id: "o", metric: "members-equal" };
const headroom: Objective = { id: "o", metric: "headroom-at-decision", atLeastRatio: 0.15 };
const oom: Objective = { id: "o", metric: "oom-refusals", atMost: 2 };
const clock: Objective = { id: "o", metric: "drill-clock", atMostMs: 60_000 };
const lost: Objective = { id: "o", metric: "lost-writes", atMost: 3 };

const cases: readonly [what: string, objective: Objective, active: Partial<ActiveMeasure>, verdict: Verdict][] = [
  ["converged in time", converge, { timeToConverge: ms(800, 1000) }, "pass"],
  ["perhaps converged in time", converge, { timeToConverge: ms(800, 1001) }, "inconclusive"],
  ["converged too late", converge, { timeToConverge: ms(1001, 1200) }, "fail"],
  ["not equal by the limit", converge, { timeToConverge: unknown(1001) }, "fail"],
  ["nobody knows when it converged", converge, { timeToConverge: unknown() }, "inconclusive"],
  ["all members equal", equality, {}, "pass"],
  ["the last comparison unequal", equality, { comparisons: [equal, unequal] }, "fail"],
  ["unequal only before the last", equality, { comparisons: [unequal, equal] }, "pass"],
  ["never compared", equality, { comparisons: [] }, "inconclusive"],
  ["equal because empty", equality, { comparisons: [{ ...equal, members: [member("east", 0)] }] }, "inconclusive"],
  ["equal, but counted twice", equality, { counters: [counter] }, "fail"],
  ["headroom left", headroom, {}, "pass"],
  ["headroom around the limit", headroom, { headroomAtDecision: ratio(0.14, 0.16) }, "inconclusive"],
  ["too little headroom", headroom, { headroomAtDecision: ratio(0.1, 0.149) }, "fail"],
  ["no decision", headroom, { headroomAtDecision: unknown() }, "inconclusive"],
  ["few refusals", oom, { oomRefusals: counted(2) }, "pass"],
  ["too many refusals", oom, { oomRefusals: counted(3) }, "fail"],
  ["no ledger", oom, { oomRefusals: unknown() }, "inconclusive"],
  ["done in time", clock, {}, "pass"],
  ["not done by the limit", clock, { drillClock: unknown(60_001) }, "fail"],
  ["never done, early", clock, { drillClock: unknown(59_999) }, "inconclusive"],
  ["few writes lost", lost, { lostAcknowledged: counted(3) }, "pass"],
  ["writes on some members only", lost, { lostAcknowledged: counted(0, 4) }, "inconclusive"],
  ["too many writes lost", lost, { lostAcknowledged: counted(4) }, "fail"],
];

describe("an objective of an active group", () => {
  it.each(cases)("%s", (_what, objective, active, verdict) => {
    expect(judged(objective, active)[0]).toBe(verdict);
  });

  it("is never kept by a drill in which no group was measured", () => {
    for (const objective of [converge, equality, headroom, oom, clock]) {
      expect(judged(objective, null)[0]).toBe("inconclusive");
    }
  });

  it("does not count as lost what was only missing after recovery", () => {
    const [early, late] = fixtureView().measures.ledger;
    const ledger = [
      { ...early, lost: 40, confounders: { readErrors: 3 } },
      { ...late, lost: 0, confounders: {} },
    ];
    expect(judged(lost, {}, { ledger: ledger as Measures["ledger"] })[0]).toBe("pass");
    expect(judged(lost, {}, { ledger: ledger.slice(0, 1) as Measures["ledger"] })[0]).toBe("inconclusive");
  });

  it("names the first differences", () => {
    const [, why] = judged(equality, { comparisons: [unequal] });
    expect(why).toContain("2 differences");
    expect(why).toContain("board:7 (missing: east zset of 3, west nothing)");
  });

  it("says by how much a decision came too late", () => {
    const point = { member: "east", minutesToOom: 0, actualMinutes: 0, errorMinutes: 0 };
    const forecast: ActiveMeasure["forecast"] = {
      outcome: { kind: "reached", atMs: 20_000, member: "east", by: "a refused write of the ledger" },
      points: [{ ...point, label: "decision", atMs: 32_500 }],
    };
    const late = judged(headroom, { headroomAtDecision: ratio(0), forecast });
    expect(late).toEqual(["fail", expect.stringContaining("decided 12.500 s after the memory of east had ended")]);
    const never = judged(headroom, { headroomAtDecision: ratio(0), forecast: { ...forecast, points: [] } });
    expect(never).toEqual(["fail", expect.stringContaining("nobody decided before the memory of east had ended")]);
  });
});

describe("the median of local writes", () => {
  const limit: Objective = { id: "o", metric: "local-write-p50", region: "west", phase: "validate", atMostMs: 80 };
  const latency = { samples: 100, ok: 100, p50Ms: 80, p95Ms: 200, p99Ms: 300, maxMs: 400 };
  const measured = (changes: Partial<typeof latency>) => {
    const streams = fixtureView().measures.streams.map((one) => ({
      ...one,
      phases: { validate: { ...latency, ...changes } },
    }));
    return judged(limit, {}, { streams })[0];
  };

  it("is compared, whatever the slowest ones took", () => {
    expect(measured({})).toBe("pass");
    expect(measured({ p50Ms: 80.1 })).toBe("fail");
  });

  it("is nothing to boast of where half of the writes had no good answer", () => {
    expect(measured({ ok: 50 })).toBe("fail");
  });

  it("is not known without a good probe in that phase", () => {
    expect(judged(limit, {}, { streams: [] })[0]).toBe("inconclusive");
  });
});
