import type { Interval, Verdict } from "../evidence/bundle.ts";
import type { BundleView } from "../evidence/view.ts";
import { LENGTH_MS, sha } from "./fixture-clock.test-helper.ts";
import { ledger, ms, objectives, phaseSpans, streamMeasures } from "./fixture-measures.test-helper.ts";
import { scenario } from "./fixture-scenario.test-helper.ts";
import { oneSeries, specs, writes } from "./fixture-series.test-helper.ts";
import { events, story } from "./fixture-story.test-helper.ts";

const files = [
  "events.jsonl",
  "measures.json",
  "verdict.json",
  "limits.json",
  "plan/scenario.json",
  "ledger/writes.ndjson.gz",
  "ledger/reads.after-recovery.sessions-east.ndjson.gz",
  ...specs.map(({ kind, region, op }) => `probes/${kind}.${region}.${op}.ndjson.gz`),
];

/** A whole drill with this verdict. */
export function fixtureView(verdict: Verdict = "pass"): BundleView {
  const drillId = "01KAJ7Q2N8XK4V9T3H6M5B0WZC";
  return {
    drillId,
    scenario,
    planSha256: sha("plan"),
    events: events(story()),
    series: specs.map((spec) => oneSeries(spec, LENGTH_MS)),
    writes: writes(LENGTH_MS),
    measures: {
      schema: "lifeboat/measures/1",
      drillId,
      phases: phaseSpans(),
      streams: streamMeasures(),
      recovery: {
        detect: ms(1066, 1078),
        decide: ms(1198, 1205),
        act: ms(515, 530),
        serve: ms(2829.1, 2838.4),
        stable: ms(4829, 4838.9),
        redundant: ms(22_790, 22_830),
      },
      ledger: [ledger("after-recovery"), ledger("after-healing")],
      replicationDelay: ms(35.2, 58.1),
      faults: [{ id: "outage-1", kind: "region-outage", target: "west", state: "lifted", active: ms(10_906, 10_939) }],
      load: { iterations: 7841, dropped: 12, droppedInBaseline: 0 },
    },
    verdict: {
      schema: "lifeboat/verdict/1",
      drillId,
      overall: verdict,
      ending: "completed",
      why: verdict === "pass" ? [] : [`writes-back: ${objectives(verdict)[3]?.why ?? ""}`],
      objectives: objectives(verdict),
    },
    limits: {
      schema: "lifeboat/limits/1",
      timingProfile: "fast",
      notShown: [
        "Processes on one host with shaped links are not regions.",
        "Synthetic keys are not your data.",
        "One drill is one sample.",
      ],
      rules: [
        { id: "P13", how: "observed", text: "The secondary is read-only." },
        { id: "P29", how: "modelled", text: "Link status is visible on both caches and ends Succeeded." },
        { id: "P39", how: "observed", text: "Failover is an unlink, then the client points at the former secondary." },
      ],
    },
    environment: {
      clock: { source: "CLOCK_MONOTONIC", granularityNs: 1 },
      estate: { host: "process", caches: [{ cache: "sessions-west", host: "process", maxmemoryBytes: 32_212_254 }] },
      versions: { node: "v24.21.0", commit: "4f25506", dirty: false, redisServer: "Redis server v=7.0.15", cpus: 2 },
    },
    manifestSha256: sha("manifest"),
    files: files.map((path, index) => ({ path, size: 1200 * (index + 1) ** 3, sha256: sha(path) })),
  };
}

/** A run that was aborted before anything was measured. */
export function abortedView(): BundleView {
  const view = fixtureView();
  const why = "the run was aborted before the fault";
  const none: Interval = { kind: "not-measured", why };
  return {
    ...view,
    scenario: null,
    planSha256: null,
    series: [],
    writes: null,
    environment: {},
    files: [],
    events: events([
      [0, { type: "run.opened", data: { scenario: "region-outage", kind: "rehearsal" } }],
      [800, { type: "abort.requested", phase: "preflight", actor: { kind: "human", id: "m.alvarez" } }],
      [900, { type: "run.closed", data: { ending: "aborted" } }],
    ]),
    measures: {
      ...view.measures,
      phases: [],
      streams: [],
      ledger: [],
      faults: [],
      load: null,
      replicationDelay: none,
      recovery: { detect: none, decide: none, act: none, serve: none, stable: none, redundant: none },
    },
    verdict: { ...view.verdict, overall: "inconclusive", ending: "aborted", why: [why], objectives: [] },
    limits: { ...view.limits, notShown: [], rules: [] },
  };
}

/** The same drill with `factor` times as many of everything that can be many. */
export function hugeView(factor: number): BundleView {
  const view = fixtureView("fail");
  const repeat = <T>(items: readonly T[]): T[] => Array.from({ length: factor }, () => items).flat();
  return {
    ...view,
    events: repeat(view.events),
    files: repeat(view.files),
    environment: Object.fromEntries(repeat(files).map((file, index) => [`${file}.${index}`, "x".repeat(3000)])),
    series: repeat(specs)
      .slice(0, 60)
      .map((spec) => oneSeries(spec, LENGTH_MS * Math.min(factor, 50))),
    writes: writes(LENGTH_MS * Math.min(factor, 50)),
    measures: {
      ...view.measures,
      streams: repeat(view.measures.streams),
      ledger: view.measures.ledger.map((each) => ({ ...each, lostRanges: repeat(each.lostRanges) })),
    },
    verdict: { ...view.verdict, why: repeat(["because ".repeat(500)]), objectives: repeat(view.verdict.objectives) },
    limits: { ...view.limits, notShown: repeat(["long ".repeat(1000)]), rules: repeat(view.limits.rules) },
  };
}
