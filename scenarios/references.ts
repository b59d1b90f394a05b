import { EDGE } from "../contracts/endpoint.ts";
import { checkGroup, checkGroupOutage } from "./group-references.ts";
import { refuse, requireRegion, regionNames } from "./refuse.ts";
import type { Objective, PairTopology, Scenario, Step } from "./schema.ts";

/** Checks what a type cannot: that names lead to something and that the parts fit together. @throws BAD_INPUT */
export function checkReferences(scenario: Scenario): void {
  checkTopology(scenario);
  checkSteps(scenario);
  checkRoles(scenario);
  checkObjectives(scenario);
}

function checkTopology(scenario: Scenario): void {
  const { topology } = scenario;
  const { regions, caches } = topology;
  requireDifferent("topology.regions", "region", regionNames(scenario));
  regions.forEach((region, index) => {
    for (const other of Object.keys(region.wanLatencyMs)) {
      if (other !== EDGE) requireRegion(scenario, `topology.regions[${index}].wanLatencyMs.${other}`, other);
    }
  });
  caches.forEach((cache, index) => requireRegion(scenario, `topology.caches[${index}].region`, cache.region));
  const names = caches.map((cache) => cache.name);
  requireDifferent("topology.caches", "cache", names);
  requireDifferent(
    "topology.caches",
    "a cache in region",
    caches.map(({ region }) => region),
  );
  if (topology.kind === "passive-pair") checkPair(topology);
  else checkGroup(topology);
}

function requireDifferent(field: string, what: string, names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) refuse(field, `${what} "${twice}" is there twice`);
}

function checkPair({ caches, primary, secondary }: PairTopology): void {
  const known = caches.map((cache) => cache.name);
  const listed = known.join(", ");
  if (!known.includes(primary)) refuse("topology.primary", `unknown cache "${primary}"; there are ${listed}`);
  if (!known.includes(secondary)) refuse("topology.secondary", `unknown cache "${secondary}"; there are ${listed}`);
  if (primary === secondary) refuse("topology.secondary", "must be the other cache, not the primary (P01)");
}

function checkSteps(scenario: Scenario): void {
  scenario.steps.forEach((step, index) => {
    const field = `steps[${index}]`;
    if (step.kind === "region-outage") return checkOutage(scenario, step, field);
    const { kind } = scenario.topology;
    if (kind !== "passive-pair") refuse(`${field}.kind`, `"${step.kind}" needs a passive-pair, not an ${kind}`);
    if (step.kind !== "latency") return;
    for (const end of ["from", "to"] as const) {
      if (step[end] !== "*" && step[end] !== EDGE) requireRegion(scenario, `${field}.${end}`, step[end]);
    }
  });
}

type Outage = Extract<Step, { kind: "region-outage" }>;

function checkOutage(scenario: Scenario, step: Outage, field: string): void {
  requireRegion(scenario, `${field}.region`, step.region);
  if (!scenario.detection) refuse("detection", "is needed: an outage is detected by the observer's data");
  requireRegion(scenario, "detection.region", scenario.detection.region);
  if (scenario.topology.kind === "passive-pair") checkPairOutage(scenario, scenario.topology, { step, field });
  else checkGroupOutage(scenario, scenario.topology, { step, field });
}

function checkPairOutage(
  scenario: Scenario,
  topology: PairTopology,
  at: { readonly step: Outage; readonly field: string },
): void {
  const { step, field } = at;
  const home = topology.caches.find((cache) => cache.name === topology.primary)?.region;
  if (step.region !== home)
    refuse(`${field}.region`, `must be the primary's region "${home}": failing over needs it lost`);
  if (!scenario.decision) refuse("decision", "is needed: say whether a policy or a person decides to fail over");
  for (const name of ["response", "writes"] as const) {
    if (step[name]) refuse(`${field}.${name}`, "is for an active-group; a passive-pair fails over");
  }
}

/** A gate that nobody may answer would only run into its time limit. */
function checkRoles({ approvals, decision, people }: Scenario): void {
  const asked = approvals.map(({ role }, index) => ({ role, field: `approvals[${index}].role` }));
  if (decision?.by === "person") asked.push({ role: decision.role, field: "decision.role" });
  const known = [...new Set(people.map(({ role }) => role as string))];
  for (const { role, field } of asked) {
    if (known.length === 0 || known.includes(role)) continue;
    refuse(field, `nobody in people is "${role}"; there are ${known.join(", ")}`);
  }
}

/** What only a pair or only a group has; the other metrics are for both. */
const topologyOf: Partial<Record<Objective["metric"], Scenario["topology"]["kind"]>> = {
  "replication-delay": "passive-pair",
  "time-to-converge": "active-group",
  "members-equal": "active-group",
  "headroom-at-decision": "active-group",
  "oom-refusals": "active-group",
};

function checkObjectives(scenario: Scenario): void {
  const ids = scenario.objectives.map((objective) => objective.id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice) refuse("objectives", `id "${twice}" is there twice`);
  const { kind } = scenario.topology;
  scenario.objectives.forEach((objective, index) => {
    const needed = topologyOf[objective.metric];
    if (needed && needed !== kind) refuse(`objectives[${index}].metric`, `${objective.metric} needs the ${needed}`);
    if ("region" in objective) requireRegion(scenario, `objectives[${index}].region`, objective.region);
  });
}
