import { scenarioSchema, type Scenario } from "../scenarios/schema.ts";
import { canonicalJson, sha256Hex } from "./canonical.ts";

/** The plan's identity: what gets approved, drilled and named in the evidence. */
export function planSha256(scenario: unknown): string {
  return sha256Hex(canonicalJson(scenario));
}

/** A stored plan as a scenario; null when it is none, so that such a bundle can still be sealed. */
export function scenarioOf(plan: unknown): Scenario | null {
  return scenarioSchema.safeParse(plan).data ?? null;
}
