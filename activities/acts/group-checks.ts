import type { GroupTopology } from "../../scenarios/schema.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Check } from "./pair-checks.ts";

export function groupChecks(_deps: ActivityDeps, _topology: GroupTopology): Check[] {
  return [];
}
