import { LifeboatError } from "../../base/errors.ts";
import { awaitAnswerSchema } from "../../contracts/observer.ts";
import type { Stamp } from "../../base/clocks.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill, StreamCondition } from "../drill-types.ts";
import { recordEvents } from "../recording/record.ts";
import { serviceStreamName } from "./streams.ts";

export type AwaitInput = { readonly drill: Drill; readonly stream: StreamCondition };

/** One question to the observer stays well below the client's own time-out. */
const ASK_MS = 20_000;

/** Waits until the observer's data say that users of a region are not served. @throws TIMED_OUT */
export async function awaitAlarm(deps: ActivityDeps, input: AwaitInput, signal: AbortSignal): Promise<void> {
  const held = await awaitCondition(deps, { ...input, condition: "down" }, signal);
  const stream = serviceStreamName(input.stream.region, input.stream.op);
  const data = { stream, since: held.since };
  await recordEvents(deps, input.drill, [
    { what: "alarm", type: "alarm.raised", phase: "detect", target: input.stream.region, at: held.at, data },
  ]);
}

/** Waits until users of a region are served again without a break. @throws TIMED_OUT */
export async function awaitService(deps: ActivityDeps, input: AwaitInput, signal: AbortSignal): Promise<void> {
  const held = await awaitCondition(deps, { ...input, condition: "up" }, signal);
  const stream = serviceStreamName(input.stream.region, input.stream.op);
  const data = { stream, since: held.since };
  await recordEvents(deps, input.drill, [
    {
      what: "service-restored",
      type: "service.restored",
      phase: "restore",
      target: input.stream.region,
      at: held.at,
      data,
    },
  ]);
}

async function awaitCondition(
  deps: ActivityDeps,
  input: AwaitInput & { readonly condition: "down" | "up" },
  signal: AbortSignal,
): Promise<{ at: Stamp; since: Stamp | null }> {
  const { region, op, forMs, timeoutMs } = input.stream;
  const stream = serviceStreamName(region, op);
  const deadlineMs = performance.now() + timeoutMs;
  while (performance.now() < deadlineMs) {
    signal.throwIfAborted();
    const askMs = Math.max(1, Math.round(Math.min(Math.max(ASK_MS, forMs + 1000), deadlineMs - performance.now())));
    const answer = await deps.observer.call({
      method: "POST",
      path: `/sessions/${input.drill.drillId}/await`,
      body: { stream, condition: input.condition, forMs, timeoutMs: Math.min(askMs, 60_000) },
      answer: awaitAnswerSchema,
      timeoutMs: askMs + 5000,
    });
    if (answer.held) return { at: answer.at, since: answer.since };
  }
  throw new LifeboatError("TIMED_OUT", `${stream} was not ${input.condition} for ${forMs} ms within ${timeoutMs} ms`);
}
