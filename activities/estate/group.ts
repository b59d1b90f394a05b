import { waitFor } from "../../base/waits.ts";
import { groupView, whatIsMissing } from "../clients/group-view.ts";
import { createCluster, createMember } from "../clients/arm-group.ts";
import type { GroupTopology } from "../../scenarios/schema.ts";
import type { ActivityDeps } from "../deps.ts";

const WHOLE_TIMEOUT_MS = 60_000;

/** Creates the clusters at once, then one member after the other (A15), and waits until all of them hear each other. */
export async function group(deps: ActivityDeps, topology: GroupTopology): Promise<void> {
  const { nickname, evictionPolicy, memoryScale, caches } = topology;
  await Promise.all(caches.map((cache) => createCluster(deps, cache, memoryScale)));
  const names = caches.map(({ name }) => name);
  for (const [index, cache] of names.entries()) {
    await createMember(deps, { cache, nickname, evictionPolicy, others: names.slice(0, index) });
  }
  await awaitWhole(deps, { nickname, members: names, timeoutMs: WHOLE_TIMEOUT_MS });
}

export type WholeSpec = {
  readonly nickname: string;
  readonly members: readonly string[];
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
};

/** Waits until the group is made of these members, all open and connected. @throws TIMED_OUT saying what is missing */
export async function awaitWhole(deps: ActivityDeps, spec: WholeSpec): Promise<void> {
  const whole = async (): Promise<boolean> => {
    const missing = whatIsMissing(await groupView(deps, spec.nickname), spec.members);
    if (missing.length > 0) throw new Error(missing.join("; "));
    return true;
  };
  const { timeoutMs, signal } = spec;
  await waitFor(whole, { what: `${spec.nickname} to be whole`, timeoutMs, ...(signal ? { signal } : {}) });
}
