import { LifeboatError } from "../base/errors.ts";
import { EDGE } from "../contracts/endpoint.ts";
import type { Scenario } from "./schema.ts";

/** Checks what a type cannot: that names lead to something and that the parts fit together. @throws BAD_INPUT */
export function checkReferences(scenario: Scenario): void {
  checkTopology(scenario);
  checkSteps(scenario);
  checkRoles(scenario);
  checkObjectives(scenario);
}

function refuse(field: string, message: string): never {
  throw new LifeboatError("BAD_INPUT", `${field}: ${message}`, { field });
}

function regionNames(scenario: Scenario): string[] {
  return scenario.topology.regions.map((region) => region.name);
}

function requireRegion(scenario: Scenario, field: string, region: string): void {
  const known = regionNames(scenario);
  if (!known.includes(region)) refuse(field, `unknown region "${region}"; the topology has ${known.join(", ")}`);
}

function checkTopology(scenario: Scenario): void {
  const { regions, caches, primary, secondary } = scenario.topology;
  const names = regionNames(scenario);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) refuse("topology.regions", `region "${twice}" is there twice`);
  regions.forEach((region, index) => {
    for (const other of Object.keys(region.wanLatencyMs)) {
      if (other !== EDGE) requireRegion(scenario, `topology.regions[${index}].wanLatencyMs.${other}`, other);
    }
  });
  caches.forEach((cache, index) => requireRegion(scenario, `topology.caches[${index}].region`, cache.region));
  const known = caches.map((cache) => cache.name);
  if (known[0] === known[1]) refuse("topology.caches", "the two caches need different names");
  if (caches[0]?.region === caches[1]?.region) refuse("topology.caches", "the two caches need different regions");
  if (!known.includes(primary)) refuse("topology.primary", `unknown cache "${primary}"; there are ${known.join(", ")}`);
  if (!known.includes(secondary))
    refuse("topology.secondary", `unknown cache "${secondary}"; there are ${known.join(", ")}`);
  if (primary === secondary) refuse("topology.secondary", "must be the other cache, not the primary (P01)");
}

function checkSteps(scenario: Scenario): void {
  scenario.steps.forEach((step, index) => {
    const field = `steps[${index}]`;
    if (step.kind === "region-outage") checkOutage(scenario, step.region, field);
    if (step.kind !== "latency") return;
    for (const end of ["from", "to"] as const) {
      if (step[end] !== "*" && step[end] !== EDGE) requireRegion(scenario, `${field}.${end}`, step[end]);
    }
  });
}

function checkOutage(scenario: Scenario, region: string, field: string): void {
  requireRegion(scenario, `${field}.region`, region);
  const home = scenario.topology.caches.find((cache) => cache.name === scenario.topology.primary)?.region;
  if (region !== home) refuse(`${field}.region`, `must be the primary's region "${home}": failing over needs it lost`);
  if (!scenario.detection) refuse("detection", "is needed: an outage is detected by the observer's data");
  if (!scenario.decision) refuse("decision", "is needed: say whether a policy or a person decides to fail over");
  requireRegion(scenario, "detection.region", scenario.detection.region);
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

function checkObjectives(scenario: Scenario): void {
  const ids = scenario.objectives.map((objective) => objective.id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice) refuse("objectives", `id "${twice}" is there twice`);
  scenario.objectives.forEach((objective, index) => {
    if ("region" in objective) requireRegion(scenario, `objectives[${index}].region`, objective.region);
  });
}
