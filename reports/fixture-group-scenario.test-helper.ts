import { scenarioSchema, type Scenario } from "../scenarios/schema.ts";
import { groupMembers } from "./fixture-group-series.test-helper.ts";

export const groupScenario: Scenario = scenarioSchema.parse({
  schema: "lifeboat/scenario/1",
  name: "force-unlink-memory-pressure",
  title: "Unlink a lost region by force before memory runs out",
  narrative: "A region is cut off; the survivors keep every write for it until the owner unlinks it by force.",
  whyPlausible: "The service piles up what an unavailable member misses.",
  assumptions: ["Whoever decides can be reached."],
  exclusions: ["DNS propagation."],
  people: [{ id: "olga", role: "approver" }],
  topology: {
    kind: "active-group",
    nickname: "shop",
    regions: groupMembers.map(({ region }) => ({ name: region, wanLatencyMs: { edge: 1 } })),
    caches: groupMembers.map(({ cache, region }) => ({ name: cache, region, sku: "Enterprise_E10" })),
    memoryScale: 240,
  },
  load: { ratePerSecond: 20 },
  ledger: { writersPerRegion: 1, ratePerSecond: 20 },
  steps: [
    {
      kind: "region-outage",
      region: "westeurope",
      mode: "isolate",
      response: {
        kind: "force-unlink",
        owner: "olga",
        trigger: { headroomBelowRatio: 0.35, timeoutMs: 120_000 },
      },
    },
  ],
  detection: { region: "westeurope" },
  decision: { by: "person", role: "approver", timeoutMs: 120_000 },
  objectives: [
    { id: "headroom", metric: "headroom-at-decision", atLeastRatio: 0.15 },
    { id: "no-oom", metric: "oom-refusals", atMost: 0 },
    { id: "converged", metric: "time-to-converge", atMostMs: 60_000 },
    { id: "equal", metric: "members-equal" },
    { id: "clock", metric: "drill-clock", atMostMs: 600_000 },
  ],
});
