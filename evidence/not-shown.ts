import type { Scenario } from "../scenarios/schema.ts";
import type { ActiveMeasure } from "./active-bundle.ts";
import type { DrillEvent } from "./events.ts";

/** True of every run. */
const always = [
  "Regions of one machine, with shaped links between them, are not regions: shared power, disks, kernel and clock remain.",
  "The written keys are synthetic: they are not your data, in size, number or pattern of access.",
  "Fail-over of DNS and of client libraries is shown only for the clients under test.",
  "A frozen or killed process is not a loss of power.",
  "One drill is one sample: it bounds this recovery, not the next one.",
  "A partitioned link accepts connections and stays silent; a real network would drop the first packet.",
  "Outages shorter than a stream's detection floor (interval plus time-out) may be unseen.",
  "The seal proves that nothing changed since sealing and who sealed it; it cannot bind the one who holds the key.",
  "No outside party confirmed when this was sealed: the times are this machine's, and their distance from UTC is unknown.",
  "Runs that were not kept leave no trace here: the bundle does not name its place in a series.",
  "Security during the fault (encryption, access rules, secrets, who had emergency access) was not checked.",
  "Findings, corrective actions and the review come after the run and are not in it; no clause of a standard is claimed.",
];

type Condition = {
  readonly scenario: Scenario | null;
  readonly events: readonly DrillEvent[];
  readonly active: ActiveMeasure | undefined;
};
type Limit = { readonly text: string; readonly holds: (of: Condition) => boolean };

const has = (events: readonly DrillEvent[], ...types: DrillEvent["type"][]): boolean =>
  events.some((event) => types.includes(event.type));

/** What this run could have shown, had somebody said or done it. */
const whereMissing: readonly Limit[] = [
  {
    text: "Nobody is named as controller, operator, observer or reviewer: who took part is not part of this evidence.",
    holds: ({ scenario }) => (scenario?.people.length ?? 0) === 0,
  },
  {
    text: "Nobody approved this run: the plan asks for no approval.",
    holds: ({ events }) => !has(events, "approval.requested"),
  },
  {
    text: "An approval is recorded as the workflow received it; the approver did not sign it with a key of their own.",
    holds: ({ events }) => has(events, "approval.given", "approval.declined"),
  },
  {
    text: "The decision to fail over was taken by a policy: how long people would take to decide is not shown.",
    holds: ({ events }) => events.some((event) => event.type === "decision.taken" && event.data["by"] === "policy"),
  },
  {
    text: "No fault was injected: how the application behaves when a region is lost without warning is not shown.",
    holds: ({ events }) => !has(events, "fault.active"),
  },
  {
    text: "Redundancy was not seen to be restored: how long the way back takes is not shown.",
    holds: ({ events }) => has(events, "routing.changed") && !has(events, "redundancy.restored"),
  },
  {
    text: "The scenario declares that it was made for another environment than one machine; this run does not show that one.",
    holds: ({ scenario }) => scenario?.environment === "staging" || scenario?.environment === "production",
  },
];

/** True of every run with an active group. */
const ofGroups = [
  "Members were compared when nobody wrote any more: whether they are equal at other times is not shown.",
  "What a member was like while it could not be asked over the network is not shown.",
  "The forecast is a straight line through ten seconds of used_memory: a load that changes bends it.",
  "A counter that lacks an acknowledged addition and has one of unknown outcome shows no loss.",
  "Conflicts are resolved by this model's rules of each type; where the service's are not published they may differ.",
];

const whereMissingInGroups: readonly Limit[] = [
  {
    text: "No survivor's memory ended: how the application behaves when writes are refused for want of it is not shown.",
    holds: ({ active }) => active?.forecast?.outcome.kind !== "reached",
  },
  {
    text: "No conflict was counted: how concurrent writes to the same data are resolved is not shown.",
    holds: ({ active }) => !active?.conflicts.some((one) => one.count > 0),
  },
];

/** What this run does not show: always something, and what its own record lacks. */
export function notShown(of: Condition): string[] {
  const textsOf = (limits: readonly Limit[]): string[] =>
    limits.filter(({ holds }) => holds(of)).map(({ text }) => text);
  const isGroup = of.scenario?.topology.kind === "active-group";
  const own = isGroup ? [...ofGroups, ...textsOf(whereMissingInGroups)] : [];
  return [...always, ...textsOf(whereMissing), ...own, ...(of.scenario?.exclusions ?? [])];
}
