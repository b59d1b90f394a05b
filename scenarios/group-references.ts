import { refuse } from "./refuse.ts";
import type { GroupTopology, Scenario, Step } from "./schema.ts";

type Outage = Extract<Step, { kind: "region-outage" }>;
type At = { readonly step: Outage; readonly field: string };

/** @throws BAD_INPUT */
export function checkGroup({ caches }: GroupTopology): void {
  const other = caches.findIndex(({ sku }) => sku !== caches[0]?.sku);
  if (other > 0) refuse(`topology.caches[${other}].sku`, `all members need one size, ${caches[0]?.sku} (A10)`);
}

/** What an outage in an active group needs: a member that is lost, and somebody to answer for an unlink. @throws BAD_INPUT */
export function checkGroupOutage(scenario: Scenario, topology: GroupTopology, at: At): void {
  const { step, field } = at;
  requireMember(topology, `${field}.region`, step.region);
  step.writes?.regions.forEach((region, index) => requireMember(topology, `${field}.writes.regions[${index}]`, region));
  if (step.response?.kind === "force-unlink") checkOwner(scenario, `${field}.response.owner`, step.response.owner);
}

function requireMember({ caches }: GroupTopology, field: string, region: string): void {
  const known = caches.map((cache) => cache.region);
  if (!known.includes(region)) refuse(field, `no member is in "${region}"; there are members in ${known.join(", ")}`);
}

function checkOwner({ people, decision }: Scenario, field: string, owner: string): void {
  if (!decision) refuse("decision", "is needed: say whether a policy or a person decides to force-unlink");
  const found = people.filter(({ id }) => id === owner);
  if (found.length === 0) {
    const known = people.map(({ id }) => id).join(", ") || "nobody";
    refuse(field, `"${owner}" is not in people; there is ${known}`);
  }
  if (decision.by === "policy" || found.some(({ role }) => role === decision.role)) return;
  refuse(field, `"${owner}" has not the role that decides, "${decision.role}"`);
}
