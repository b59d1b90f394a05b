import type { Measures, StreamMeasure } from "../bundle.ts";
import type { ProbeFile } from "../raw-files.ts";
import type { RunClock } from "./clock.ts";

type Latency = StreamMeasure["phases"][string];

/**
 * Latency of each phase from all its samples, by when they were sent; exact, never averaged. Percentiles are of good
 * answers; `samples` and `ok` say how many there were. Nothing is omitted by coordination: probes do not wait.
 */
export function latencyByPhase(file: ProbeFile, spans: Measures["phases"], clock: RunClock): Record<string, Latency> {
  const originMs = clock.at(file.header.origin);
  const byPhase: Record<string, Latency> = {};
  for (const { phase, startedAt, endedAt } of spans) {
    if (!startedAt || !endedAt) continue;
    const latency = latencyBetween(
      file,
      (clock.at(startedAt) - originMs) * 1000,
      (clock.at(endedAt) - originMs) * 1000,
    );
    if (latency.samples > 0) byPhase[phase] = latency;
  }
  return byPhase;
}

function latencyBetween(file: ProbeFile, fromUs: number, toUs: number): Latency {
  const inside = file.samples.filter(([, sentUs]) => sentUs >= fromUs && sentUs < toUs);
  const good = Float64Array.from(
    inside.filter((sample) => sample[3] === "ok").map(([, sentUs, endUs]) => (endUs - sentUs) / 1000),
  ).sort();
  return { samples: inside.length, ok: good.length, ...percentilesOf(good) };
}

/** Nearest-rank percentiles of sorted values; null when there are none. */
export function percentilesOf(sorted: Float64Array): Omit<Latency, "samples" | "ok"> {
  const at = (share: number): number | null => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), maxMs: sorted.at(-1) ?? null };
}
