import { stamp, type Stamp } from "../../base/clocks.ts";
import { appendAnswerSchema } from "../../contracts/recorder.ts";
import type { EventInput } from "../../evidence/events.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill } from "../drill-types.ts";

/** An event without what the recording adds: drill, key, actor and time. */
export type EventDraft = {
  /** Unique within the drill; the same name is written once, however often an act is retried. */
  readonly what: string;
  readonly type: EventInput["type"];
  readonly phase: EventInput["phase"];
  readonly target?: string | null;
  readonly data?: Record<string, unknown>;
  readonly at?: Stamp;
  readonly actor?: EventInput["actor"];
};

/** Appends events in this order. @throws STALE_TOKEN, UNAVAILABLE */
export async function recordEvents(deps: ActivityDeps, drill: Drill, drafts: readonly EventDraft[]): Promise<void> {
  const events = drafts.map((draft) => eventOf(drill, draft));
  await deps.recorder.call({
    method: "POST",
    path: `/bundles/${drill.drillId}/events`,
    body: { fencingToken: drill.fencingToken, events },
    answer: appendAnswerSchema,
    timeoutMs: 5000,
  });
}

function eventOf(drill: Drill, draft: EventDraft): EventInput {
  return {
    key: `${drill.drillId}:${draft.what}`,
    type: draft.type,
    phase: draft.phase,
    actor: draft.actor ?? { kind: "activity", id: "worker" },
    target: draft.target ?? null,
    at: draft.at ?? stamp(),
    data: draft.data ?? {},
  };
}
