import { z } from "zod";
import { elapsedMs } from "../../base/clocks.ts";
import { stampSchema } from "../../contracts/stamps.ts";
import { formatText } from "../../evidence/format.ts";
import type { DrillEvent } from "../../evidence/events.ts";
import type { BundleView } from "../../evidence/view.ts";

export type Approval = {
  readonly decision: "requested" | "given" | "declined";
  readonly by: string;
  readonly target: string;
  readonly role: string;
  /** The plan that was approved, or was to be. */
  readonly planSha256: string;
  readonly event: DrillEvent;
};

export function approvals(view: BundleView): readonly Approval[] {
  return view.events.flatMap((event) => {
    const decision = /^approval\.(requested|given|declined)$/.exec(event.type)?.[1];
    if (decision === undefined) return [];
    const by = `${event.actor.id} (${event.actor.kind})`;
    const [role, planSha256] = [formatText(event.data["role"]), formatText(event.data["planSha256"])];
    const target = event.target ?? detailOf(event);
    return [
      {
        decision: decision as Approval["decision"],
        by,
        target,
        role,
        planSha256,
        event,
      },
    ];
  });
}

const commandSchema = z.object({
  operation: z.string(),
  request: z.record(z.string(), z.unknown()).default({}),
  outcome: z.enum(["ok", "failed"]),
  startedAt: stampSchema,
  endedAt: stampSchema,
});

type Command = {
  readonly operation: string;
  readonly target: string;
  readonly request: string;
  readonly outcome: "ok" | "failed";
  readonly durationMs: number;
  readonly event: DrillEvent;
};

export function commands(view: BundleView): readonly Command[] {
  return view.events.flatMap((event) => {
    if (event.type !== "command.done") return [];
    const parsed = commandSchema.safeParse(event.data);
    if (!parsed.success) return [];
    const { operation, outcome, startedAt, endedAt } = parsed.data;
    const request = Object.keys(parsed.data.request).length === 0 ? "" : JSON.stringify(parsed.data.request);
    return [
      { operation, outcome, request, target: event.target ?? "", durationMs: elapsedMs(startedAt, endedAt), event },
    ];
  });
}

type Check = { readonly name: string; readonly passed: boolean; readonly found: string; readonly event: DrillEvent };

export function checks(view: BundleView): readonly Check[] {
  return view.events
    .filter((event) => event.type === "check.passed" || event.type === "check.failed")
    .map((event) => {
      const found = event.data["found"] === undefined ? detailOf(event) : JSON.stringify(event.data["found"]);
      const name = formatText(event.data["check"], event.target ?? event.key);
      return { name, passed: event.type === "check.passed", found, event };
    });
}

const deviationTypes: ReadonlySet<string> = new Set([
  "fault.lapsed",
  "fault.failed",
  "error",
  "check.failed",
  "abort.requested",
  "approval.declined",
]);

type Deviation = { readonly what: string; readonly detail: string; readonly event: DrillEvent };

/** Everything that went otherwise than planned, in the order in which it happened. */
export function deviations(view: BundleView): readonly Deviation[] {
  return view.events
    .filter((event) => deviationTypes.has(event.type) || failedIn(event))
    .map((event) => ({
      what: event.type === "phase.ended" ? "phase failed" : event.type,
      detail: [event.target ?? "", detailOf(event)].filter((part) => part !== "").join(": "),
      event,
    }));
}

function failedIn(event: DrillEvent): boolean {
  const ended = event.type === "phase.ended" || event.type === "command.done";
  return ended && event.data["outcome"] === "failed";
}

/** The most telling words of an event's data. */
function detailOf(event: DrillEvent): string {
  const record = event.data["record"] as { detail?: unknown } | undefined;
  for (const said of [
    event.data["message"],
    event.data["why"],
    event.data["detail"],
    event.data["reason"],
    record?.detail,
  ]) {
    if (typeof said === "string" && said !== "") return said;
  }
  const rest = Object.entries(event.data).filter(([key]) => key !== "record");
  return rest.length === 0 ? "" : JSON.stringify(Object.fromEntries(rest));
}
