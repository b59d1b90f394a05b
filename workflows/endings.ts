import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure, isCancellation } from "@temporalio/workflow";
import type { Ending } from "../evidence/events.ts";

/** Ends the course of a drill in a way that is no defect: refused by preflight, declined by a person … */
export class CourseEnded extends Error {
  readonly ending: Ending;

  constructor(ending: Ending, message: string) {
    super(message);
    this.name = "CourseEnded";
    this.ending = ending;
  }
}

/** How a drill ended whose course threw. An act that is interrupted may fail in its own way: it was aborted all the same. */
export function endingOf(error: unknown, asked: { readonly timedOut: boolean; readonly abort: unknown }): Ending {
  if (error instanceof CourseEnded) return error.ending;
  if (asked.timedOut) return "timed-out";
  return asked.abort !== null || isCancellation(error) ? "aborted" : "crashed";
}

/** Code and message of the innermost failure: what a reader wants to know. */
export function describeFailure(error: unknown): { readonly code: string; readonly message: string } {
  const inner = innermost(error);
  const code =
    inner instanceof ApplicationFailure ? (inner.type ?? "INTERNAL") : inner instanceof Error ? inner.name : "INTERNAL";
  return { code, message: inner instanceof Error ? inner.message : String(inner) };
}

function innermost(error: unknown): unknown {
  const wraps = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure;
  return wraps && error.cause ? innermost(error.cause) : error;
}
