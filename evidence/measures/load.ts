import type { Measures } from "../bundle.ts";
import type { LoadFile } from "../raw-files.ts";
import type { RunClock } from "./clock.ts";

type Spans = Measures["phases"];

/** Iterations of the load generator, and those it could not start. Null when there is no load file. */
export function loadMeasure(load: LoadFile | null, spans: Spans, clock: RunClock): Measures["load"] {
  if (!load) return null;
  const dropped = load.buckets.reduce((sum, bucket) => sum + bucket.dropped, 0);
  const done = load.buckets.reduce((sum, bucket) => sum + bucket.ok + bucket.failed, 0);
  const baseline = spans.find((span) => span.phase === "baseline");
  const [from, to] = [baseline?.startedAt, baseline?.endedAt];
  const anchorMs = clock.at(load.header.anchor);
  const inBaseline = load.buckets.filter(({ at }) => {
    const atMs = anchorMs + at - load.header.originUtcMs;
    return from && to && atMs + load.header.bucketMs > clock.at(from) && atMs < clock.at(to);
  });
  return {
    iterations: done + dropped,
    dropped,
    droppedInBaseline: inBaseline.reduce((sum, bucket) => sum + bucket.dropped, 0),
  };
}
