import { stamp } from "../../base/clocks.ts";
import { messageOf } from "../../base/errors.ts";
import type { Phase } from "../../evidence/events.ts";
import { showDatabase } from "../clients/arm-group.ts";
import { groupView } from "../clients/group-view.ts";
import type { ActivityDeps } from "../deps.ts";
import type { EventDraft } from "../recording/record.ts";

const VIEW_TIMEOUT_MS = 2000;

export type GroupMoment = {
  readonly nickname: string;
  readonly caches: readonly string[];
  readonly change: string;
  readonly moment: "before" | "after";
  readonly phase: Phase;
};

/**
 * What ARM shows of each member and what each says of itself, raw (G07): in a partition views differ, and one that
 * cannot be asked is noted as such.
 */
export async function captureGroup(deps: ActivityDeps, at: GroupMoment): Promise<EventDraft> {
  const lookedAt = stamp();
  const own = await groupView(deps, at.nickname).then(
    ({ members }) =>
      (cache: string) =>
        members.find((one) => one.cache === cache)?.view ?? { unreachable: true },
    (error: unknown) => () => ({ unreachable: messageOf(error) }),
  );
  const views = await Promise.all(
    at.caches.toSorted().map(async (cache) => ({ cache, raw: { arm: await armView(deps, cache), own: own(cache) } })),
  );
  return {
    what: `membership:${at.change}:${at.moment}`,
    type: `membership.${at.moment}`,
    phase: at.phase,
    target: at.nickname,
    at: lookedAt,
    data: { change: at.change, views },
  };
}

async function armView(deps: ActivityDeps, cache: string): Promise<unknown> {
  try {
    const database = await showDatabase(deps, cache, AbortSignal.timeout(VIEW_TIMEOUT_MS));
    // Dates and absent fields as JSON has them: what is hashed later must be plain data.
    return database === undefined ? { absent: true } : (JSON.parse(JSON.stringify(database)) as unknown);
  } catch (error) {
    return { unreachable: messageOf(error) };
  }
}
