import { LifeboatError } from "../base/errors.ts";
import type { Scenario } from "./schema.ts";

/** @throws BAD_INPUT naming the field and what would be right */
export function refuse(field: string, message: string): never {
  throw new LifeboatError("BAD_INPUT", `${field}: ${message}`, { field });
}

export function regionNames(scenario: Scenario): string[] {
  return scenario.topology.regions.map((region) => region.name);
}

/** @throws BAD_INPUT with the regions that there are */
export function requireRegion(scenario: Scenario, field: string, region: string): void {
  const known = regionNames(scenario);
  if (!known.includes(region)) refuse(field, `unknown region "${region}"; the topology has ${known.join(", ")}`);
}
