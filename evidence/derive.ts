import { canonicalJson } from "./canonical.ts";
import type { Limits, Measures, VerdictFile } from "./bundle.ts";
import { endings, type DrillEvent, type Ending } from "./events.ts";
import { isCoreFolderPath } from "./layout.ts";
import { limitsOf } from "./limits.ts";
import { computeMeasures } from "./measures/compute.ts";
import { scenarioOf } from "./plan.ts";
import type { RawBundle } from "./read-bundle.ts";
import { judge } from "./verdict.ts";

export type Derived = { readonly measures: Measures; readonly verdict: VerdictFile; readonly limits: Limits };

/** Everything that follows from the raw bundle. Pure: sealing writes it, verifying recomputes it. */
export function deriveAll(raw: RawBundle): Derived {
  const scenario = scenarioOf(raw.plan);
  const measures = computeMeasures({ ...raw, scenario });
  const verdict = judge({ scenario, measures, events: raw.events, ending: endingOf(raw.events) });
  return { measures, verdict, limits: limitsOf(scenario, raw.events, measures.active) };
}

/** How the run ended, as `run.closed` says; a run without it crashed. */
export function endingOf(events: readonly DrillEvent[]): Ending {
  const given = events.find((event) => event.type === "run.closed")?.data["ending"];
  return endings.find((ending) => ending === given) ?? "crashed";
}

/** `membership/` and `commands/`: parts of the events as files of their own, by path. */
export function filesFromEvents(events: readonly DrillEvent[]): ReadonlyMap<string, string> {
  const made = new Map<string, string>();
  for (const event of events) {
    for (const [path, content] of partsOf(event)) if (isCoreFolderPath(path)) made.set(path, canonicalJson(content));
  }
  return made;
}

function partsOf(event: DrillEvent): [path: string, content: unknown][] {
  const seq = String(event.seq).padStart(4, "0");
  if (event.type === "command.done") return [[`commands/${seq}.json`, event.data]];
  if (event.type !== "membership.before" && event.type !== "membership.after") return [];
  const when = event.type.slice("membership.".length);
  const views = Array.isArray(event.data["views"]) ? (event.data["views"] as { cache?: unknown; raw?: unknown }[]) : [];
  return views.map((view) => [`membership/${seq}-${String(view.cache)}-${when}.json`, view.raw ?? null]);
}
