import { setTimeout as sleep } from "node:timers/promises";
import { elapsedMs, type Stamp } from "../../base/clocks.ts";
import { LifeboatError } from "../../base/errors.ts";
import { awaitAnswerSchema } from "../../contracts/observer.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill, StreamCondition } from "../drill-types.ts";
import { recordEvents } from "../recording/record.ts";
import { serviceStreamName } from "./streams.ts";

export type AwaitInput = { readonly drill: Drill; readonly stream: StreamCondition };
/** `since`: nothing was broken before. What failed earlier had another cause and raises no alarm. */
export type AlarmInput = AwaitInput & { readonly since: Stamp };

/** One question to the observer stays well below the client's own time-out. */
const ASK_MS = 20_000;

/** Waits until the observer's data say that users of a region are not served. @throws TIMED_OUT */
export async function awaitAlarm(deps: ActivityDeps, input: AlarmInput, signal: AbortSignal): Promise<void> {
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

type Condition = AwaitInput & { readonly condition: "down" | "up"; readonly since?: Stamp };
type Held = { readonly at: Stamp; readonly since: Stamp | null };

async function awaitCondition(deps: ActivityDeps, input: Condition, signal: AbortSignal): Promise<Held> {
  const { region, op, forMs, timeoutMs } = input.stream;
  const deadlineMs = performance.now() + timeoutMs;
  while (performance.now() < deadlineMs) {
    signal.throwIfAborted();
    const held = await ask(deps, input, deadlineMs - performance.now());
    const earlier = held?.since && input.since && elapsedMs(held.since, input.since) > 0 ? input.since : null;
    if (held && !earlier) return held;
    if (!held || !earlier) continue;
    // The row began before anything was broken: it must last until enough of it lies after that.
    const missingMs = forMs - elapsedMs(earlier, held.at);
    if (missingMs <= 0) return { at: held.at, since: earlier };
    await sleep(missingMs, undefined, { signal });
  }
  const stream = serviceStreamName(region, op);
  throw new LifeboatError("TIMED_OUT", `${stream} was not ${input.condition} for ${forMs} ms within ${timeoutMs} ms`);
}

async function ask(deps: ActivityDeps, input: Condition, leftMs: number): Promise<Held | undefined> {
  const { region, op, forMs } = input.stream;
  const timeoutMs = Math.max(1, Math.round(Math.min(Math.max(ASK_MS, forMs + 1000), leftMs, 60_000)));
  const { held, at, since } = await deps.observer.call({
    method: "POST",
    path: `/sessions/${input.drill.drillId}/await`,
    body: { stream: serviceStreamName(region, op), condition: input.condition, forMs, timeoutMs },
    answer: awaitAnswerSchema,
    timeoutMs: timeoutMs + 5000,
  });
  return held ? { at, since } : undefined;
}
