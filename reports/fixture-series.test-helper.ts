import type { StreamSeries, WriteSeries } from "../evidence/view.ts";
import { BUCKET_MS, OUTAGE } from "./fixture-clock.test-helper.ts";

/** The same numbers in every process. */
function noise(n: number): number {
  const value = Math.sin(n * 12.9898) * 43_758.5453;
  return value - Math.floor(value);
}

function downAt(atMs: number): boolean {
  return atMs >= OUTAGE.fromMs && atMs < OUTAGE.toMs;
}

type SeriesSpec = {
  readonly kind: "service" | "cache";
  readonly region: string;
  readonly op: "read" | "write";
  readonly lost: boolean;
  readonly baseMs: number;
};

export function oneSeries(spec: SeriesSpec, lengthMs: number): StreamSeries {
  const perBucket = spec.kind === "service" && spec.op === "write" ? 100 : 5;
  const { lost, baseMs, ...named } = spec;
  const buckets = Array.from({ length: Math.floor((lengthMs - 1000) / BUCKET_MS) }, (_, index) => {
    const atMs = 1000 + index * BUCKET_MS;
    const down = lost && downAt(atMs);
    const after = lost && atMs > OUTAGE.toMs ? 40 : 0;
    const p50Ms = down ? null : baseMs + after + noise(index + baseMs) * 1.5;
    const p95Ms =
      p50Ms === null
        ? null
        : p50Ms * (1.3 + noise(index * 3 + baseMs) * (atMs < 13_500 && atMs > OUTAGE.toMs ? 6 : 0.8));
    return {
      atMs,
      ok: down ? 0 : perBucket,
      failed: down ? perBucket : 0,
      p50Ms,
      p95Ms,
      maxMs: p95Ms === null ? null : p95Ms * 1.7,
    };
  });
  return { ...named, stream: `${spec.kind}.${spec.region}.${spec.op}`, bucketMs: BUCKET_MS, buckets };
}

export function writes(lengthMs: number): WriteSeries {
  const buckets = Array.from({ length: Math.floor((lengthMs - 1000) / BUCKET_MS) }, (_, index) => {
    const atMs = 1000 + index * BUCKET_MS;
    if (!downAt(atMs)) return { atMs, ok: 40 + Math.round(noise(index) * 2), fail: 0, unknown: 0 };
    return { atMs, ok: 0, fail: atMs > 11_500 ? 38 : 3, unknown: atMs > 11_500 ? 2 : 37 };
  });
  return { bucketMs: BUCKET_MS, buckets };
}

export const specs: readonly SeriesSpec[] = [
  { kind: "service", region: "west", op: "write", lost: true, baseMs: 13 },
  { kind: "service", region: "west", op: "read", lost: true, baseMs: 12 },
  { kind: "service", region: "east", op: "write", lost: true, baseMs: 60 },
  { kind: "service", region: "east", op: "read", lost: false, baseMs: 26 },
  { kind: "cache", region: "west", op: "read", lost: true, baseMs: 1 },
  { kind: "cache", region: "east", op: "read", lost: false, baseMs: 1 },
];
