import { faultRecordSchema } from "../../contracts/fault.ts";
import type { DrillEvent } from "../events.ts";
import { command, happened, never, type Rule, type Seen } from "./rule.ts";

/** The lost cache came back with its old data (a killed one comes back empty) and was linked as secondary. */
function rejoinedWithData(seen: Seen): boolean {
  const keptData = (event: DrillEvent): boolean => {
    const fault = faultRecordSchema.safeParse(event.data["record"]).data?.fault;
    return event.type === "fault.active" && fault?.kind === "region-outage" && fault.mode !== "kill";
  };
  return seen.events.some(keptData) && happened("redundancy.restored")(seen);
}

/** What holds of a passive pair, and which events show that this run saw it on real processes. */
export const passiveRules: readonly Rule[] = [
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
