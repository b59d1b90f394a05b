import { waitFor } from "../../base/waits.ts";
import type { RoutingTable } from "../../contracts/routing.ts";
import { databaseId, forceUnlink } from "../clients/arm-group.ts";
import { groupView, viewsWithout } from "../clients/group-view.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill } from "../drill-types.ts";
import { runCommand } from "../recording/command.ts";
import { recordEvents, type EventDraft } from "../recording/record.ts";
import { captureGroup } from "./group-membership.ts";
import { switchUsers } from "./switch-users.ts";

export type ForceUnlinkInput = {
  readonly drill: Drill;
  readonly nickname: string;
  readonly lost: string;
  readonly survivors: readonly string[];
  /** Nobody is sent to the unlinked member any more: what it takes once its region is back is lost. */
  readonly table: RoutingTable;
  /** Who answers for it, and who decided (G08). */
  readonly owner: string;
  readonly decidedBy: string;
};

const UNLINKED_TIMEOUT_MS = 900_000;

/**
 * Removes the lost member from its group, started on a survivor (A21), and waits until every survivor does without it:
 * from then on nothing is kept for it (A23). What the lost member alone holds is given up, and no user is sent to it
 * again before it has rejoined. Repeated after a crash, it goes on where it was.
 */
export async function forceUnlinkMember(
  deps: ActivityDeps,
  input: ForceUnlinkInput,
  signal: AbortSignal,
): Promise<void> {
  const { drill, nickname, lost, survivors, owner, decidedBy } = input;
  const notes: EventDraft[] = [];
  const caches = [...survivors, lost];
  const moment = { nickname, caches, change: `forceUnlink ${lost}`, phase: "act" } as const;
  const survivor = survivors[0] ?? "";
  const spec = { what: "act:force-unlink", operation: "forceUnlink", phase: "act", target: lost } as const;
  const request = { ids: [databaseId(deps, lost)], startedOn: survivor, destructive: true, owner, decidedBy };
  const before = recordEvents(deps, drill, [await captureGroup(deps, { ...moment, moment: "before" })]);
  before.catch(() => undefined);
  try {
    await runCommand(notes, { ...spec, request }, () => forceUnlink(deps, { survivor, lost }, signal));
    const seen = { what: "act:await-unlinked", operation: "await-unlinked", phase: "act", target: lost } as const;
    await runCommand(notes, { ...seen, request: {} }, () => awaitUnlinked(deps, input, signal));
    await switchUsers(deps, { drill, table: input.table, phase: "act", notes });
    notes.push(await captureGroup(deps, { ...moment, moment: "after" }));
  } finally {
    await before;
    await recordEvents(deps, drill, notes);
  }
}

async function awaitUnlinked(deps: ActivityDeps, input: ForceUnlinkInput, signal: AbortSignal): Promise<void> {
  const { nickname, lost, survivors } = input;
  await waitFor(
    async () => {
      const views = viewsWithout(await groupView(deps, nickname), [lost]);
      const still = survivors.filter(
        (name) => views.find(({ member }) => member === name)?.members.includes(lost) !== false,
      );
      if (still.length > 0) throw new Error(`${still.join(", ")} still counts on it`);
      return true;
    },
    { what: `every survivor to do without ${lost}`, timeoutMs: UNLINKED_TIMEOUT_MS, intervalMs: 20, signal },
  );
}
