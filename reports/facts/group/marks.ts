import { z } from "zod";
import { stampSchema } from "../../../contracts/stamps.ts";
import type { DrillEvent } from "../../../evidence/events.ts";
import type { BundleView } from "../../../evidence/view.ts";
import type { RunClock } from "../clock.ts";

/** An instant that a chart of a group names. */
export type Mark = { readonly label: string; readonly atMs: number };

const commandSchema = z.object({ operation: z.string(), startedAt: stampSchema, endedAt: stampSchema });

/** What bends the curves of a group: decision, unlink by force, release, return. Faults are drawn as bands. */
export function groupMarks(view: BundleView, clock: RunClock): readonly Mark[] {
  return view.events.flatMap((event) => {
    const marked = markOf(event, clock);
    return marked === null || marked.atMs === null ? [] : [{ label: marked.label, atMs: marked.atMs }];
  });
}

type Marked = { readonly label: string; readonly atMs: number | null } | null;

function markOf({ type, at, data }: DrillEvent, clock: RunClock): Marked {
  if (type === "decision.taken") return { label: "decision", atMs: clock.offsetMs(at) };
  if (type === "command.done") return commandMark(data, clock);
  if (type !== "redundancy.restored") return null;
  return { label: data["rejoined"] === true ? "rejoined" : "whole again", atMs: clock.offsetMs(at) };
}

/** The release begins when the last survivor does without the lost member, not when the command was sent. */
function commandMark(data: DrillEvent["data"], clock: RunClock): Marked {
  const { data: command } = commandSchema.safeParse(data);
  if (command?.operation === "forceUnlink") return { label: "force-unlink", atMs: clock.offsetMs(command.startedAt) };
  if (command?.operation === "await-unlinked") return { label: "release", atMs: clock.offsetMs(command.endedAt) };
  return null;
}
