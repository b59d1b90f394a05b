import { describe, expect, it } from "vitest";
import { fixtureView } from "../reports/fixture-view.test-helper.ts";
import type { Scenario } from "../scenarios/schema.ts";
import { loadScenario } from "../scenarios/load.ts";
import type { Interval, Measures } from "./bundle.ts";
import { judge } from "./verdict.ts";

const { scenario: outage } = await loadScenario("region-outage");
const scenario: Scenario = {
  ...outage,
  objectives: [
    { id: "rto", metric: "rto", region: "westeurope", op: "write", atMostMs: 1000 },
    { id: "lost", metric: "lost-writes", atMost: 3 },
  ],
};

const good = { samples: 1000, ok: 1000, p50Ms: 1, p95Ms: 2, p99Ms: 3, maxMs: 4 };
const ledger = {
  label: "after-healing" as const,
  attempted: 110,
  acknowledged: 100,
  kept: 100,
  lost: 0,
  lostRanges: [],
  unknownPresent: 0,
  unknownAbsent: 0,
  unexpected: 0,
  wrongToken: 0,
  disagreements: 0,
  confounders: { expiredKeys: 0 },
  lossWindow: { kind: "not-measured" as const, why: "nothing was lost" },
};

type Changes = { outage?: Interval; baseline?: typeof good; ledger?: Measures["ledger"]; faultState?: string };

function measuresWith(changes: Changes = {}): Measures {
  return {
    ...fixtureView().measures,
    streams: [
      {
        stream: "service.westeurope.write",
        kind: "service",
        region: "westeurope",
        op: "write",
        samples: 1000,
        maxLatenessMs: 1,
        detectionFloorMs: 201,
        outage: changes.outage ?? { kind: "measured", lo: 800, hi: 900, unit: "ms" },
        phases: { baseline: changes.baseline ?? good },
      },
    ],
    ledger: changes.ledger ?? [ledger],
    faults: [
      {
        id: "f",
        kind: "region-outage",
        target: "westeurope",
        state: changes.faultState ?? "lifted",
        active: { kind: "measured", lo: 1, hi: 2, unit: "ms" },
      },
    ],
  };
}

function verdictOf(changes: Changes, ending: "completed" | "aborted" = "completed") {
  const { overall, objectives } = judge({ scenario, measures: measuresWith(changes), events: [], ending });
  return { overall, rto: objectives[0]?.verdict, lost: objectives[1]?.verdict, why: objectives[0]?.why };
}

const interval = (lo: number, hi: number): Interval => ({ kind: "measured", lo, hi, unit: "ms" });

describe("the verdict", () => {
  it("passes when every upper bound keeps its objective", () => {
    expect(verdictOf({})).toMatchObject({ overall: "pass", rto: "pass", lost: "pass" });
  });

  it("fails only when a lower bound breaks its objective", () => {
    expect(verdictOf({ outage: interval(1001, 1100) })).toMatchObject({ overall: "fail", rto: "fail" });
  });

  it("is inconclusive when the objective lies within the interval", () => {
    expect(verdictOf({ outage: interval(990, 1010) })).toMatchObject({ overall: "inconclusive", rto: "inconclusive" });
  });

  it("takes an interval that just touches the limit by the bound that counts", () => {
    expect(verdictOf({ outage: interval(900, 1000) }).rto).toBe("pass");
    expect(verdictOf({ outage: interval(900, 1000.001) }).rto).toBe("inconclusive");
    expect(verdictOf({ outage: interval(1000, 1100) }).rto).toBe("inconclusive");
    expect(verdictOf({ outage: interval(1000.001, 1100) }).rto).toBe("fail");
  });

  it("is the worst of its objectives: fail before inconclusive before pass", () => {
    const broken = interval(1001, 1100);
    const open = interval(990, 1010);
    const lossy = [{ ...ledger, lost: 4 }];
    expect(verdictOf({ outage: open, ledger: lossy })).toMatchObject({ overall: "fail", rto: "inconclusive" });
    expect(verdictOf({ outage: broken, ledger: [] })).toMatchObject({ overall: "fail", lost: "inconclusive" });
    expect(verdictOf({ outage: open })).toMatchObject({ overall: "inconclusive", lost: "pass" });
    expect(verdictOf({ outage: broken }, "aborted").overall).toBe("fail");
  });

  it("fails on a lower bound alone when the outage had not ended", () => {
    const endless = (atLeast: number): Interval => ({ kind: "not-measured", why: "it had not ended", atLeast });
    expect(verdictOf({ outage: endless(1001) }).rto).toBe("fail");
    expect(verdictOf({ outage: endless(999) }).rto).toBe("inconclusive");
  });

  it("is inconclusive when nothing was measured", () => {
    expect(verdictOf({ outage: { kind: "not-measured", why: "no probes" } }).overall).toBe("inconclusive");
    expect(verdictOf({ ledger: [] })).toMatchObject({ overall: "inconclusive", lost: "inconclusive" });
    expect(verdictOf({ ledger: [{ ...ledger, attempted: 0, acknowledged: 0 }] }).overall).toBe("inconclusive");
  });

  it("is inconclusive when the service was not steady before the fault, whatever the outage seems to be", () => {
    const shaky = verdictOf({ baseline: { ...good, ok: 900 }, outage: interval(5000, 6000) });
    expect(shaky).toMatchObject({ overall: "inconclusive", rto: "inconclusive" });
    expect(shaky.why).toContain("900 of 1000 probes were good in the baseline");
  });

  it("counts writes on which caches differ as perhaps lost", () => {
    expect(verdictOf({ ledger: [{ ...ledger, lost: 2, disagreements: 2 }] })).toMatchObject({ lost: "inconclusive" });
    expect(verdictOf({ ledger: [{ ...ledger, lost: 4 }] })).toMatchObject({ lost: "fail", overall: "fail" });
  });

  it("does not trust a loss count that expiry or eviction confounds", () => {
    expect(verdictOf({ ledger: [{ ...ledger, confounders: { evictedKeys: 1 } }] }).lost).toBe("inconclusive");
  });

  it("is inconclusive when the fault lapsed before its time", () => {
    expect(verdictOf({ faultState: "lapsed" })).toMatchObject({ overall: "inconclusive", rto: "inconclusive" });
  });

  it("never passes a run that did not complete", () => {
    expect(verdictOf({}, "aborted").overall).toBe("inconclusive");
  });
});
