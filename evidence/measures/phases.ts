import type { Measures } from "../bundle.ts";
import { phases, type DrillEvent, type Phase } from "../events.ts";
import { formatText } from "../format.ts";
import type { RunClock } from "./clock.ts";

type Span = Measures["phases"][number];

/** Every phase with what became of it; none is left out. */
export function phaseSpans(events: readonly DrillEvent[], clock: RunClock): Span[] {
  return phases.map((phase) => spanOf(phase, events, clock));
}

function spanOf(phase: Phase, events: readonly DrillEvent[], clock: RunClock): Span {
  const own = events.filter((event) => event.phase === phase);
  const started = own.find((event) => event.type === "phase.started")?.at ?? null;
  const ended = own.findLast((event) => event.type === "phase.ended");
  const skipped = own.find((event) => event.type === "phase.skipped");
  const none = { phase, startedAt: started, endedAt: null, durationMs: null };
  if (ended && started) {
    const state = ended.data["outcome"] === "failed" ? "failed" : "done";
    return {
      phase,
      state,
      why: null,
      startedAt: started,
      endedAt: ended.at,
      durationMs: clock.at(ended.at) - clock.at(started),
    };
  }
  if (skipped) return { ...none, state: "skipped", why: formatText(skipped.data["why"], "") || null };
  const closed = events.find((event) => event.type === "run.closed");
  if (closed && (phase === "judge" || phase === "seal")) {
    return {
      ...none,
      state: "done",
      why: "done by the recorder after the run was closed",
      startedAt: started ?? closed.at,
    };
  }
  if (started) return { ...none, state: "failed", why: "it began and did not end" };
  return { ...none, state: "never-reached", why: "the run ended before" };
}
