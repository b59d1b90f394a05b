import { stamp, type Stamp } from "../base/clocks.ts";
import { scenarioSchema } from "../scenarios/schema.ts";

/** West dies at 2 s and is served again at 3 s; every stamp lies that many milliseconds after this one. */
const origin = stamp();
const FAULT_MS = 2000;
const BACK_MS = 3000;

export function at(offsetMs: number): Stamp {
  const monoNs = BigInt(origin.monoNs) + BigInt(Math.round(offsetMs * 1e6));
  return { monoNs: monoNs.toString(), utc: new Date(Date.parse(origin.utc) + offsetMs).toISOString() };
}

export const plan = scenarioSchema.parse({
  schema: "lifeboat/scenario/1",
  name: "small-outage",
  title: "A small outage",
  narrative: "West is lost for a second.",
  whyPlausible: "It has happened.",
  topology: {
    kind: "passive-pair",
    regions: [{ name: "west" }, { name: "east" }],
    caches: [
      { name: "cache-west", region: "west" },
      { name: "cache-east", region: "east" },
    ],
    primary: "cache-west",
    secondary: "cache-east",
  },
  load: { ratePerSecond: 10 },
  ledger: { writersPerRegion: 1, ratePerSecond: 10 },
  steps: [{ kind: "region-outage", region: "west", mode: "kill" }],
  objectives: [
    { id: "writes-back", metric: "rto", region: "west", op: "write", atMostMs: 5000 },
    { id: "no-loss", metric: "lost-writes", atMost: 5 },
  ],
});

/** Every 10 ms from the start to 6 s, refused during the outage. */
export function probeLines(): unknown[] {
  const stream = {
    name: "service.west.write",
    region: "west",
    op: "write",
    intervalMs: 10,
    timeoutMs: 100,
    kind: "service",
    target: "front door",
  };
  const samples = Array.from({ length: 600 }, (_, n) => {
    const down = n * 10 >= FAULT_MS && n * 10 < BACK_MS;
    return [n * 10_000, n * 10_000, n * 10_000 + 700, down ? "refused" : "ok", null];
  });
  return [{ schema: "lifeboat/probes/1", stream, origin: at(0) }, ...samples];
}

const WRITER = "west-1";
const WRITES = 20;

/** Twenty acknowledged writes in the second before the outage. */
export function writeLines(): unknown[] {
  const lines = Array.from({ length: WRITES }, (_, seq) => {
    const sentUs = 1_000_000 + seq * 50_000;
    return [WRITER, seq, `token-${seq}`, sentUs, sentUs + 900, "ok", "west", "cache-west", 1];
  });
  return [{ schema: "lifeboat/ledger/1", origin: at(0), keyPrefix: "ledger:", writers: [WRITER] }, ...lines];
}

export function readLines(label: string, cache: string, lostSeqs: readonly number[]): unknown[] {
  const confounders = { expiredKeys: 0, evictedKeys: 0, readErrors: 0, writerRestarts: 0 };
  const begun = at(label === "after-recovery" ? 4000 : 5500);
  const lines = Array.from({ length: WRITES }, (_, seq) => [
    WRITER,
    seq,
    lostSeqs.includes(seq) ? null : `token-${seq}`,
  ]);
  return [{ label, cache, origin: begun, upToSeq: { [WRITER]: WRITES - 1 }, confounders }, ...lines];
}

type Told = { readonly ms: number; readonly type: string; readonly phase: string; readonly data?: object };

/** What the activities of such a drill tell the recorder, in their order. */
export function eventsOf(): object[] {
  return [...phase("baseline", 0, 1900), ...fault(), ...failOver(), ...phase("validate", 5000, 5900)].map(
    ({ ms, type, phase: name, data }, n) => ({
      key: `${n}:${type}`,
      type,
      phase: name,
      actor: { kind: "activity", id: "worker" },
      target: "west",
      at: at(ms),
      data: data ?? {},
    }),
  );
}

function phase(name: string, fromMs: number, toMs: number): Told[] {
  return [
    { ms: fromMs, type: "phase.started", phase: name },
    { ms: toMs, type: "phase.ended", phase: name, data: { outcome: "ok" } },
  ];
}

function fault(): Told[] {
  const record = {
    id: "outage",
    holder: "drill-1",
    fencingToken: 1,
    fault: { kind: "region-outage", region: "west", mode: "kill" },
    state: "lifted",
    leaseMs: 15_000,
    leaseEndsAt: at(17_000),
    requestedAt: at(FAULT_MS - 10),
    active: { notBefore: at(FAULT_MS - 5), notAfter: at(FAULT_MS + 5) },
    lifted: { notBefore: at(4500), notAfter: at(4510) },
    verification: [],
    detail: null,
  };
  return [{ ms: FAULT_MS + 5, type: "fault.active", phase: "fault", data: { record } }];
}

function failOver(): Told[] {
  const views = (linked: string[]) =>
    ["cache-west", "cache-east"].map((cache) => ({ cache, raw: { name: cache, linked } }));
  const change = "unlink cache-east";
  const command = {
    operation: "linkedServers.delete",
    request: { name: "cache-east" },
    outcome: "ok",
    startedAt: at(2700),
    endedAt: at(2800),
  };
  return [
    { ms: 2500, type: "alarm.raised", phase: "detect" },
    { ms: 2600, type: "decision.taken", phase: "decide" },
    { ms: 2650, type: "membership.before", phase: "act", data: { change, views: views(["other"]) } },
    { ms: 2800, type: "command.done", phase: "act", data: command },
    { ms: 2850, type: "membership.after", phase: "act", data: { change, views: views([]) } },
    { ms: 2950, type: "routing.changed", phase: "act" },
  ];
}
