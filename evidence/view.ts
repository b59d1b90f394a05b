import type { Conflict } from "../contracts/groups.ts";
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

/** A member's memory over time; a gap where it could not be asked. */
export type MemorySeries = {
  readonly member: string;
  readonly region: string;
  readonly bucketMs: number;
  readonly points: readonly {
    readonly atMs: number;
    /** The largest of the bucket. */
    readonly usedBytes: number;
    readonly rssBytes: number;
    readonly maxBytes: number;
    readonly logBytes: number;
  }[];
};

/** What a member held for a peer that had not acknowledged it; the largest of each bucket. */
export type LagSeries = {
  readonly member: string;
  readonly peer: string;
  readonly bucketMs: number;
  readonly points: readonly {
    readonly atMs: number;
    readonly operations: number;
    readonly bytes: number;
    readonly lagMs: number;
  }[];
};

/** The live forecast as it was at the end of each bucket. */
export type ForecastSeries = {
  readonly bucketMs: number;
  readonly points: readonly {
    readonly atMs: number;
    /** Null: no rise, or nothing to go by. */
    readonly minutesToOom: number | null;
    /** Of the tightest survivor. */
    readonly headroomRatio: number | null;
  }[];
};

/** Of an active group; see `measures.active` for what they come to. */
export type GroupSeries = {
  readonly nickname: string;
  readonly memory: readonly MemorySeries[];
  readonly lag: readonly LagSeries[];
  readonly forecast: ForecastSeries;
  /** Polls without an answer, as spans. */
  readonly missed: readonly { readonly fromMs: number; readonly toMs: number }[];
};

/** The first conflicts that a member listed, and how many there were. */
export type ConflictList = { readonly member: string; readonly count: number; readonly first: readonly Conflict[] };

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
  /** Null or absent: no group was sampled. */
  readonly group?: GroupSeries | null;
  readonly conflicts?: readonly ConflictList[];
  readonly environment: Readonly<Record<string, unknown>>;
  readonly manifestSha256: string;
  readonly files: readonly { readonly path: string; readonly size: number; readonly sha256: string }[];
};

/** Turns a bundle into one view file, e.g. `report.html`. Pure: the same view gives the same bytes. */
export type Renderer = { readonly file: string; readonly render: (view: BundleView) => string };
