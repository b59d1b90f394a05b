import { createHash } from "node:crypto";
import type { Stamp } from "../base/clocks.ts";
import type { Interval, Verdict } from "../evidence/bundle.ts";
import { phases as phaseOrder, type DrillEvent, type EventInput, type Phase } from "../evidence/events.ts";
import type { BundleView, StreamSeries, WriteSeries } from "../evidence/view.ts";
import { scenarioSchema, type Scenario } from "../scenarios/schema.ts";

/** A made-up region outage: west is lost at 9.2 s, users are served again from east at 12.0 s, all is well at 32 s. */
const OPENED_NS = 987_654_321_000_000n;
const OPENED_UTC = Date.parse("2026-11-21T14:05:00.000Z");
const BUCKET_MS = 100;
const LENGTH_MS = 41_000;
const OUTAGE = { fromMs: 9200, toMs: 12_034 } as const;

function at(offsetMs: number): Stamp {
  return {
    monoNs: (OPENED_NS + BigInt(Math.round(offsetMs * 1e6))).toString(),
    utc: new Date(OPENED_UTC + Math.floor(offsetMs)).toISOString(),
  };
}

function sha(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The same numbers in every process. */
function noise(n: number): number {
  const value = Math.sin(n * 12.9898) * 43_758.5453;
  return value - Math.floor(value);
}

function ms(lo: number, hi: number): Interval {
  return { kind: "measured", lo, hi, unit: "ms" };
}

const scenario: Scenario = scenarioSchema.parse({
  schema: "lifeboat/scenario/1",
  name: "region-outage",
  title: "Loss of the primary region",
  narrative: "The region of the primary cache freezes. Users are served from the other region after an unlink.",
  whyPlausible: "Regions have been lost for hours to power, cooling and network faults.",
  assumptions: ["The front door itself survives the loss of a region."],
  exclusions: ["Name resolution and certificates are not part of the rehearsal."],
  people: [
    { id: "m.alvarez", role: "controller" },
    { id: "j.okafor", role: "approver" },
  ],
  topology: {
    kind: "passive-pair",
    regions: [
      { name: "west", wanLatencyMs: { east: 35, edge: 5 } },
      { name: "east", wanLatencyMs: { west: 35, edge: 12 } },
    ],
    caches: [
      { name: "sessions-west", region: "west" },
      { name: "sessions-east", region: "east" },
    ],
    primary: "sessions-west",
    secondary: "sessions-east",
  },
  load: { ratePerSecond: 200 },
  ledger: { writersPerRegion: 2, ratePerSecond: 200 },
  steps: [{ kind: "region-outage", region: "west", mode: "freeze", holdMs: 8000 }],
  detection: { region: "west" },
  decision: { by: "person", role: "approver", timeoutMs: 60_000 },
  objectives: [
    { id: "writes-back", metric: "rto", region: "west", op: "write", atMostMs: 5000 },
    { id: "no-loss", metric: "lost-writes", atMost: 50 },
    { id: "baseline-latency", metric: "latency-p95", phase: "baseline", region: "west", op: "read", atMostMs: 50 },
    { id: "replica-close", metric: "replication-delay", atMostMs: 200 },
    { id: "redundant-again", metric: "redundancy-restored", atMostMs: 60_000 },
  ],
});

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

function phaseSpans(): BundleView["measures"]["phases"] {
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

function faultRecord(state: "active" | "lifted"): Record<string, unknown> {
  return {
    id: "outage-1",
    holder: "drill-fixture",
    fencingToken: 7,
    state,
    leaseMs: 15_000,
    fault: { kind: "region-outage", region: "west", mode: "freeze" },
    leaseEndsAt: at(24_000),
    requestedAt: at(9180),
    detail: null,
    active: { notBefore: at(9192), notAfter: at(9204) },
    lifted: state === "lifted" ? { notBefore: at(20_110), notAfter: at(20_131) } : null,
    verification: [{ what: "every frozen process runs again", holds: true }],
  };
}

type Said = Partial<Omit<EventInput, "at" | "type">> & Pick<EventInput, "type">;

function cacheResource(name: string, linked: string | null, role: string): Record<string, unknown> {
  return {
    name,
    location: name.endsWith("west") ? "West Europe" : "East US",
    properties: {
      provisioningState: "Succeeded",
      sku: { name: "Premium", family: "P", capacity: 1 },
      port: 6379,
      sslPort: 6380,
      enableNonSslPort: false,
    },
    linkedServers: linked === null ? [] : [{ name: linked, serverRole: role, provisioningState: "Succeeded" }],
  };
}

function membership(kind: "before" | "after", change: string, linked: boolean): Said {
  const views = [
    { cache: "sessions-west", raw: cacheResource("sessions-west", linked ? "sessions-east" : null, "Secondary") },
    { cache: "sessions-east", raw: cacheResource("sessions-east", linked ? "sessions-west" : null, "Primary") },
  ];
  return { type: `membership.${kind}`, phase: "act", target: "sessions-west", data: { change, views } };
}

function command(operation: string, target: string, spanMs: readonly [number, number]): readonly [number, Said] {
  const data = {
    operation,
    outcome: "ok",
    request: { id: target, version: 2 },
    startedAt: at(spanMs[0]),
    endedAt: at(spanMs[1]),
  };
  return [spanMs[1], { type: "command.done", phase: "act", target, data }];
}

function story(): readonly (readonly [number, Said])[] {
  return [
    [0, { type: "run.opened", data: { scenario: "region-outage", planSha256: sha("plan"), kind: "rehearsal" } }],
    [9180, { type: "fault.requested", phase: "fault", target: "west", data: { record: faultRecord("active") } }],
    [9204, { type: "fault.active", phase: "fault", target: "west", data: { record: faultRecord("active") } }],
    [10_270, { type: "alarm.raised", phase: "detect", data: { stream: "service.west.write", since: at(9204) } }],
    [10_300, { type: "approval.requested", phase: "decide", target: "fail over to east" }],
    [
      11_470,
      {
        type: "approval.given",
        phase: "decide",
        target: "fail over to east",
        actor: { kind: "human", id: "j.okafor" },
      },
    ],
    [
      11_475,
      { type: "decision.taken", phase: "decide", data: { by: "person", who: "j.okafor", startedAt: at(10_300) } },
    ],
    [11_490, membership("before", "unlink sessions-west from sessions-east", true)],
    command("linkedServers.delete", "sessions-east", [11_500, 11_812]),
    [11_830, membership("after", "unlink sessions-west from sessions-east", false)],
    command("routing.change", "front-door", [11_840, 11_995]),
    [12_040, { type: "service.restored", phase: "restore", target: "service.west.write" }],
    [20_131, { type: "fault.lifted", phase: "heal", target: "west", data: { record: faultRecord("lifted") } }],
    [20_950, membership("before", "link sessions-east to sessions-west", false)],
    command("linkedServers.create", "sessions-west", [21_000, 31_870]),
    [31_900, membership("after", "link sessions-east to sessions-west", true)],
    [32_000, { type: "redundancy.restored", phase: "rejoin", target: "sessions-west" }],
    [
      36_000,
      {
        type: "check.failed",
        phase: "validate",
        target: "leaderboard",
        data: { message: "12 scores differ between the caches" },
      },
    ],
    [40_900, { type: "run.closed", data: { ending: "completed" } }],
  ];
}

function events(told: readonly (readonly [number, Said])[]): readonly DrillEvent[] {
  return told.map(([offsetMs, said], seq) => ({
    key: `${said.type}-${seq}`,
    phase: null,
    actor: { kind: "workflow", id: "runDrill" },
    target: null,
    data: {},
    ...said,
    at: at(offsetMs),
    seq,
    prev: sha(`line ${seq}`),
    recordedAt: at(offsetMs + 2),
  }));
}

function downAt(atMs: number): boolean {
  return atMs >= OUTAGE.fromMs && atMs < OUTAGE.toMs;
}

type SeriesSpec = {
  readonly kind: "service" | "cache";
  readonly region: string;
  readonly op: "read" | "write";
  readonly lost: boolean;
  readonly baseMs: number;
};

function oneSeries(spec: SeriesSpec, lengthMs: number): StreamSeries {
  const perBucket = spec.kind === "service" && spec.op === "write" ? 100 : 5;
  const { lost, baseMs, ...named } = spec;
  const buckets = Array.from({ length: Math.floor((lengthMs - 1000) / BUCKET_MS) }, (_, index) => {
    const atMs = 1000 + index * BUCKET_MS;
    const down = lost && downAt(atMs);
    const after = lost && atMs > OUTAGE.toMs ? 40 : 0;
    const p50Ms = down ? null : baseMs + after + noise(index + baseMs) * 1.5;
    const p95Ms =
      p50Ms === null
        ? null
        : p50Ms * (1.3 + noise(index * 3 + baseMs) * (atMs < 13_500 && atMs > OUTAGE.toMs ? 6 : 0.8));
    return {
      atMs,
      ok: down ? 0 : perBucket,
      failed: down ? perBucket : 0,
      p50Ms,
      p95Ms,
      maxMs: p95Ms === null ? null : p95Ms * 1.7,
    };
  });
  return { ...named, stream: `${spec.kind}.${spec.region}.${spec.op}`, bucketMs: BUCKET_MS, buckets };
}

function writes(lengthMs: number): WriteSeries {
  const buckets = Array.from({ length: Math.floor((lengthMs - 1000) / BUCKET_MS) }, (_, index) => {
    const atMs = 1000 + index * BUCKET_MS;
    if (!downAt(atMs)) return { atMs, ok: 40 + Math.round(noise(index) * 2), fail: 0, unknown: 0 };
    return { atMs, ok: 0, fail: atMs > 11_500 ? 38 : 3, unknown: atMs > 11_500 ? 2 : 37 };
  });
  return { bucketMs: BUCKET_MS, buckets };
}

const specs: readonly SeriesSpec[] = [
  { kind: "service", region: "west", op: "write", lost: true, baseMs: 13 },
  { kind: "service", region: "west", op: "read", lost: true, baseMs: 12 },
  { kind: "service", region: "east", op: "write", lost: true, baseMs: 60 },
  { kind: "service", region: "east", op: "read", lost: false, baseMs: 26 },
  { kind: "cache", region: "west", op: "read", lost: true, baseMs: 1 },
  { kind: "cache", region: "east", op: "read", lost: false, baseMs: 1 },
];

const latency = { samples: 8000, ok: 7992, p50Ms: 13.4, p95Ms: 22.1, p99Ms: 38.7, maxMs: 71.2 };

function streamMeasures(): BundleView["measures"]["streams"] {
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

function ledger(label: "after-recovery" | "after-healing"): BundleView["measures"]["ledger"][number] {
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

function objectives(verdict: Verdict): BundleView["verdict"]["objectives"] {
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

const files = [
  "events.jsonl",
  "measures.json",
  "verdict.json",
  "limits.json",
  "plan/scenario.yaml",
  "plan/plan.json",
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
    environment: { host: "process", node: "24.21.0", redis: { version: "7.0.15" }, cpus: 2 },
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
