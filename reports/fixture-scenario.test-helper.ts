import { scenarioSchema, type Scenario } from "../scenarios/schema.ts";

export const scenario: Scenario = scenarioSchema.parse({
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
