import type { VerdictFile } from "../evidence/bundle.ts";
import type { BundleView } from "../evidence/view.ts";
import { activeMeasure, conflictLists } from "./fixture-group-measures.test-helper.ts";
import { groupScenario } from "./fixture-group-scenario.test-helper.ts";
import { groupSeries, GROUP_TIMES } from "./fixture-group-series.test-helper.ts";
import { groupStory } from "./fixture-group-story.test-helper.ts";
import { ms } from "./fixture-measures.test-helper.ts";
import { oneSeries, writes } from "./fixture-series.test-helper.ts";
import { events } from "./fixture-story.test-helper.ts";
import { fixtureView } from "./fixture-view.test-helper.ts";

const objectives: VerdictFile["objectives"] = [
  {
    id: "headroom",
    metric: "headroom-at-decision",
    objective: "at least 15.00 % of the memory left at the decision",
    measured: { kind: "measured", lo: 0.318, hi: 0.324, unit: "ratio" },
    verdict: "pass",
    why: "the lower bound keeps it",
  },
  {
    id: "converged",
    metric: "time-to-converge",
    objective: "all members show the same within 60 s",
    measured: ms(4100, 5010),
    verdict: "pass",
    why: "the upper bound keeps it",
  },
];

/** A drill of an active group: unlinked by force, rebuilt and joined. */
export function groupFixtureView(): BundleView {
  const base = fixtureView();
  const regions = ["westeurope", "northeurope", "eastus"];
  const streams = regions.map((region) =>
    oneSeries({ kind: "service", region, op: "write", lost: region === "westeurope", baseMs: 4 }, GROUP_TIMES.lengthMs),
  );
  return {
    ...base,
    scenario: groupScenario,
    events: events(groupStory()),
    series: streams,
    writes: writes(GROUP_TIMES.lengthMs),
    group: groupSeries(),
    conflicts: conflictLists(),
    measures: { ...base.measures, faults: [], ledger: [], active: activeMeasure() },
    verdict: { ...base.verdict, objectives },
  };
}

/** A group of which nothing could be sampled: every section must say so. */
export function unseenGroupView(): BundleView {
  const view = groupFixtureView();
  const none = { kind: "not-measured", why: "no sample of the group" } as const;
  const active = {
    ...activeMeasure(),
    samples: 0,
    memory: [],
    forecast: null,
    headroomAtDecision: none,
    tightestAtDecision: null,
    timeToConverge: none,
    drillClock: none,
    comparisons: [],
    conflicts: [],
    origins: [],
    lostAcknowledged: none,
    oomRefusals: none,
    disagreements: [],
    counters: [],
    sets: [],
    lag: [],
    epochs: [],
  };
  const told = view.events.filter(({ type }) => type === "run.opened" || type === "run.closed");
  return { ...view, group: null, conflicts: [], events: told, measures: { ...view.measures, active } };
}

/** Five members, and `factor` times as many of everything that can be many. */
export function hugeGroupView(factor: number): BundleView {
  const view = groupFixtureView();
  const repeat = <T>(items: readonly T[]): T[] => Array.from({ length: factor }, () => items).flat();
  const active = activeMeasure();
  const group = groupSeries();
  return {
    ...view,
    events: repeat(view.events),
    group: { ...group, memory: repeat(group.memory).slice(0, 5), lag: repeat(group.lag).slice(0, 20) },
    conflicts:
      view.conflicts?.map((list) => ({ ...list, count: list.count * factor, first: repeat(list.first) })) ?? [],
    measures: {
      ...view.measures,
      active: {
        ...active,
        disagreements: repeat(active.disagreements),
        counters: repeat(active.counters),
        lag: repeat(active.lag),
        epochs: repeat(active.epochs),
        comparisons: repeat(active.comparisons),
      },
    },
  };
}
