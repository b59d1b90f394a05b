import type { Scenario } from "../scenarios/schema.ts";
import type { ActiveMeasure } from "./active-bundle.ts";
import type { Limits } from "./bundle.ts";
import type { DrillEvent } from "./events.ts";
import { notShown } from "./not-shown.ts";
import { activeRules } from "./rules/active-rules.ts";
import { passiveRules } from "./rules/passive-rules.ts";
import type { Rule } from "./rules/rule.ts";

/** What this run does not show, and of each rule whether it was observed or is only declared by the model. */
export function limitsOf(scenario: Scenario | null, events: readonly DrillEvent[], active?: ActiveMeasure): Limits {
  const rules = scenario?.topology.kind === "active-group" ? activeRules : passiveRules;
  const how = (rule: Rule) => (rule.seenBy({ events, active }) ? "observed" : "modelled");
  return {
    schema: "lifeboat/limits/1",
    timingProfile: scenario?.timingProfile ?? "unknown",
    notShown: notShown({ scenario, events, active }),
    rules: rules.map((rule) => ({ id: rule.id, how: how(rule), text: rule.text })),
  };
}
