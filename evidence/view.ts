import type { Scenario } from "../scenarios/schema.ts";
import type { Limits, Measures, VerdictFile } from "./bundle.ts";
import type { DrillEvent } from "./events.ts";

/** Probes of one stream in time buckets: enough for a chart, whatever the number of samples. */
export type StreamSeries = {
  readonly stream: string;
  readonly kind: "service" | "cache";
  readonly region: string;
  readonly op: "read" | "write";
  readonly bucketMs: number;
  readonly buckets: readonly {
    /** Milliseconds since run.opened. */
    readonly atMs: number;
    readonly ok: number;
    readonly failed: number;
    readonly p50Ms: number | null;
    readonly p95Ms: number | null;
    readonly maxMs: number | null;
  }[];
};

/** Acknowledged and other writes of the ledger in time buckets. */
export type WriteSeries = {
  readonly bucketMs: number;
  readonly buckets: readonly {
    readonly atMs: number;
    readonly ok: number;
    readonly fail: number;
    readonly unknown: number;
  }[];
};

/** Everything a renderer may know: the bundle's core, already checked and summed up. */
export type BundleView = {
  readonly drillId: string;
  readonly scenario: Scenario | null;
  readonly planSha256: string | null;
  readonly events: readonly DrillEvent[];
  readonly measures: Measures;
  readonly verdict: VerdictFile;
  readonly limits: Limits;
  readonly series: readonly StreamSeries[];
  readonly writes: WriteSeries | null;
  readonly environment: Readonly<Record<string, unknown>>;
  readonly manifestSha256: string;
  readonly files: readonly { readonly path: string; readonly size: number; readonly sha256: string }[];
};

/** Turns a bundle into one view file, e.g. `report.html`. Pure: the same view gives the same bytes. */
export type Renderer = { readonly file: string; readonly render: (view: BundleView) => string };
