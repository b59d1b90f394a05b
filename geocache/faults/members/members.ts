import { isAlive, signalProcess } from "../../../base/processes.ts";
import type { RegionMember } from "../../../contracts/lab.ts";
import type { Containers } from "./containers.ts";
import { isStopped } from "./process-state.ts";

export type MemberState = "running" | "frozen" | "gone";

export async function memberState(member: RegionMember, containers: Containers): Promise<MemberState> {
  if (member.host === "process") {
    if (!isAlive(member)) return "gone";
    return isStopped(member.pid) ? "frozen" : "running";
  }
  const state = await containers.stateOf(member.containerId);
  return state === "paused" ? "frozen" : state;
}

export async function freezeMember(member: RegionMember, containers: Containers): Promise<void> {
  if (member.host === "container") return containers.pause(member.containerId);
  signalProcess(member, "SIGSTOP");
}

/** Harmless for a member that runs or has gone. */
export async function thawMember(member: RegionMember, containers: Containers): Promise<void> {
  if (member.host === "container") return containers.unpause(member.containerId);
  signalProcess(member, "SIGCONT");
}

export async function killMember(member: RegionMember, containers: Containers): Promise<void> {
  if (member.host === "container") return containers.kill(member.containerId);
  signalProcess(member, "SIGKILL");
}
