import { faultRecordSchema } from "../contracts/fault.ts";
import type { Scenario } from "../scenarios/schema.ts";
import type { Limits } from "./bundle.ts";
import type { DrillEvent } from "./events.ts";
import { notShown } from "./not-shown.ts";

type Rule = { readonly id: string; readonly text: string; readonly seenBy: (events: readonly DrillEvent[]) => boolean };

const command =
  (word: RegExp) =>
  (events: readonly DrillEvent[]): boolean =>
    events.some(
      (event) =>
        event.type === "command.done" && event.data["outcome"] === "ok" && word.test(String(event.data["operation"])),
    );
const happened =
  (...types: DrillEvent["type"][]) =>
  (events: readonly DrillEvent[]): boolean =>
    types.every((type) => events.some((event) => event.type === type));
const never = (): boolean => false;

/** The lost cache came back with its old data (a killed one comes back empty) and was linked as secondary. */
function rejoinedWithData(events: readonly DrillEvent[]): boolean {
  const keptData = (event: DrillEvent): boolean => {
    const fault = faultRecordSchema.safeParse(event.data["record"]).data?.fault;
    return event.type === "fault.active" && fault?.kind === "region-outage" && fault.mode !== "kill";
  };
  return events.some(keptData) && happened("redundancy.restored")(events);
}

/** What holds of a passive pair, and which events show that this run saw it on real processes. */
const passiveRules: readonly Rule[] = [
  { id: "P12", text: "The transfer between the caches is TLS-secured", seenBy: never },
  { id: "P17", text: "Data in the secondary before linking is removed", seenBy: rejoinedWithData },
  { id: "P24", text: "A linked cache cannot be deleted until it is unlinked", seenBy: never },
  { id: "P29", text: "The link is visible on both caches and ends Succeeded", seenBy: happened("redundancy.restored") },
  { id: "P33", text: "After unlinking the secondary takes reads and writes", seenBy: happened("service.restored") },
  {
    id: "P36",
    text: "No recovery point is guaranteed: the secondary keeps what had synced",
    seenBy: happened("fault.active", "service.restored"),
  },
  {
    id: "P38",
    text: "There is no automatic failover",
    seenBy: happened("fault.active", "alarm.raised", "decision.taken"),
  },
  {
    id: "P39",
    text: "Failover is unlinking, then pointing the clients at the former secondary",
    seenBy: happened("routing.changed"),
  },
  { id: "P40", text: "The whole stack is switched together", seenBy: happened("routing.changed") },
  { id: "timing-link", text: "How long linking takes in the service", seenBy: never },
  { id: "timing-unlink", text: "How long unlinking takes in the service", seenBy: never },
  {
    id: "unlink",
    text: "Unlinking keeps the secondary's data and promotes it",
    seenBy: command(/unlink|linkedServers.*delete|delete.*linkedServer/i),
  },
];

/** What this run does not show, and of each rule whether it was observed or is only declared by the model. */
export function limitsOf(scenario: Scenario | null, events: readonly DrillEvent[]): Limits {
  const observed = (rule: Rule): "observed" | "modelled" => (rule.seenBy(events) ? "observed" : "modelled");
  return {
    schema: "lifeboat/limits/1",
    timingProfile: scenario?.timingProfile ?? "unknown",
    notShown: notShown(scenario, events),
    rules: passiveRules.map((rule) => ({ id: rule.id, how: observed(rule), text: rule.text })),
  };
}
