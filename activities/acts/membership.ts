import type { Phase } from "../../evidence/events.ts";
import { stamp } from "../../base/clocks.ts";
import { messageOf } from "../../base/errors.ts";
import type { EventDraft } from "../recording/record.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Pair } from "../../scenarios/pair.ts";

const VIEW_TIMEOUT_MS = 2000;

export type MembershipMoment = {
  readonly pair: Pair;
  readonly change: string;
  readonly moment: "before" | "after";
  readonly phase: Phase;
};

/** What each side says about itself and its links, raw; a side that does not answer is noted as such. */
export async function captureMembership(deps: ActivityDeps, at: MembershipMoment): Promise<EventDraft> {
  const { primary, secondary } = at.pair;
  // The event is sent later, together with others: its time is that of the look.
  const lookedAt = stamp();
  const views = await Promise.all(
    [primary.cache, secondary.cache].toSorted().map(async (cache) => ({ cache, raw: await viewOf(deps, cache) })),
  );
  return {
    what: `membership:${at.change}:${at.moment}`,
    type: `membership.${at.moment}`,
    phase: at.phase,
    target: primary.cache,
    at: lookedAt,
    data: { change: at.change, views },
  };
}

async function viewOf(deps: ActivityDeps, cache: string): Promise<Record<string, unknown>> {
  try {
    const arm = await deps.arm();
    const options = { abortSignal: AbortSignal.timeout(VIEW_TIMEOUT_MS) };
    const links: unknown[] = [];
    const resource = await arm.redis.get(deps.armScope.resourceGroup, cache, options);
    for await (const link of arm.linkedServer.list(deps.armScope.resourceGroup, cache, options)) links.push(link);
    return plain({ resource: withoutKeys(resource), linkedServers: links });
  } catch (error) {
    return { unreachable: messageOf(error) };
  }
}

function withoutKeys(resource: object): Record<string, unknown> {
  return { ...resource, accessKeys: null };
}

/** Dates and absent fields as JSON has them: what is hashed later must be plain data. */
function plain(value: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
}
