import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, signalProcess, type ProcessIdentity } from "../../base/processes.ts";
import { forgetChoice } from "../../geocache/hosts/choose-host.ts";
import { removeLeftoverContainers } from "../../geocache/hosts/leftover-containers.ts";
import { findRunning } from "./find-running.ts";
import { leftoverProcesses } from "./leftovers.ts";
import { forgetEstate, removeEstate } from "./remove-estate.ts";

const TERM_TIMEOUT_MS = 5000;
const KILL_TIMEOUT_MS = 3000;
/** New leftovers can appear while a guard dies; each round finds what the one before could not. */
const ROUNDS = 4;

/** Who is ended when: nobody may still act on what the next group serves. */
const order = [
  ["supervisor"],
  ["worker", "front-door"],
  ["recorder", "observer", "ledger"],
  ["geocache"],
  ["keeper", "network", "temporal"],
] as const;

export type StopReport = {
  readonly processes: number;
  readonly leftovers: number;
  readonly containers: number;
  /** Why containers may be left; null when none are. */
  readonly containersProblem: string | null;
  /** What could not be ended in time. */
  readonly remaining: readonly ProcessIdentity[];
};

/**
 * Ends everything that was started for a home, whatever state it is in, in bounded time: our processes group by group,
 * the estate by its own API while that lives, then whatever still carries the home's mark.
 */
export async function stopEverything(home: string, options: { readonly except?: number } = {}): Promise<StopReport> {
  const mine = (identity: ProcessIdentity): boolean => identity.pid !== options.except && identity.pid !== process.pid;
  let processes = 0;
  let estateRemoved = false;
  for (const group of order) {
    if (group[0] === "geocache") estateRemoved = await removeEstate(home);
    const found = await Promise.all(group.map((name) => findRunning(home, name)));
    const running = found.flatMap((each) => (each && mine(each.identity) ? [each.identity] : []));
    await endProcesses(running);
    processes += running.length;
  }
  const leftovers = await endLeftovers(home, mine);
  const { removed: containers, problem: containersProblem } = await removeLeftoverContainers(home);
  const remaining = leftoverProcesses(home).filter(mine);
  if (!estateRemoved) await forgetEstate(home);
  // Kept while containers may be left: the next `down` looks again.
  if (containersProblem === null) await forgetChoice(home);
  await forget(home);
  return { processes, leftovers, containers, containersProblem, remaining };
}

async function endLeftovers(home: string, mine: (identity: ProcessIdentity) => boolean): Promise<number> {
  let ended = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const found = leftoverProcesses(home).filter(mine);
    if (found.length === 0) return ended;
    await endProcesses(found);
    ended += found.length;
  }
  return ended;
}

/** TERM, then KILL for who does not heed it; frozen ones are woken first. */
async function endProcesses(identities: readonly ProcessIdentity[]): Promise<void> {
  for (const identity of identities) {
    signalProcess(identity, "SIGCONT");
    signalProcess(identity, "SIGTERM");
  }
  if (await allGone(identities, TERM_TIMEOUT_MS)) return;
  for (const identity of identities) signalProcess(identity, "SIGKILL");
  await allGone(identities, KILL_TIMEOUT_MS);
}

async function allGone(identities: readonly ProcessIdentity[], timeoutMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + timeoutMs;
  while (identities.some(isAlive)) {
    if (performance.now() >= deadlineMs) return false;
    await sleep(25);
  }
  return true;
}

/** Registrations and start notes of processes that are gone. */
async function forget(home: string): Promise<void> {
  const names = await readdir(path.join(home, "run")).catch(() => []);
  await Promise.all(names.map((name) => rm(path.join(home, "run", name), { force: true })));
  await rm(path.join(home, "launched"), { recursive: true, force: true });
}
