import type { StreamMeasure } from "../../../evidence/bundle.ts";
import type { DrillEvent } from "../../../evidence/events.ts";
import { formatCount, formatInterval, formatMs, formatOffset } from "../../../evidence/format.ts";
import { thinWrites } from "../charts/buckets.ts";
import { timelineChart } from "../charts/timeline-chart.ts";
import { html, type Markup } from "../markup.ts";
import type { PageInput } from "../page.ts";
import { dataTable, nothing, truncation } from "../parts.ts";

const WRITE_ROWS = 40;

/** What users felt, over the whole run, with the numbers behind the drawing. */
export function timeline(input: PageInput): Markup {
  const { view, caps } = input;
  const all = view.series.filter((series) => series.kind === "service");
  const shown = all.slice(0, caps.chartStreams);
  const drawn = shown.length > 0 || view.writes !== null;
  return html`${
      drawn
        ? html`<figure class="chart">
            <ul class="legend">
              <li><i class="k-p50"></i>p50 latency</li>
              <li><i class="k-p95"></i>p95 latency</li>
              <li><i class="k-answered"></i>answered</li>
              <li><i class="k-unanswered"></i>failed probes</li>
              <li><i class="k-ok"></i>acknowledged writes</li>
              <li><i class="k-fail"></i>failed writes</li>
              <li><i class="k-unknown"></i>unknown writes</li>
              <li><i class="k-fault"></i>fault may be active</li>
            </ul>
            <div class="scroll" tabindex="0" role="region" aria-label="Timeline chart">
              <div class="wide">${timelineChart(input, shown)}</div>
            </div>
            <figcaption>
              Latency on a logarithmic scale, from the probes' point of view. Each point is the worst value of its time
              bucket.
            </figcaption>
          </figure>`
        : nothing("Nothing was probed and nothing was written: there is nothing to draw.")
    }
    ${all.length > shown.length ? truncation(shown.length, all.length, "measures.json and probes/") : null}
    ${streamTable(
      view.measures.streams.filter((stream) => stream.kind === "service"),
      "What users felt",
      input,
    )}
    <details>
      <summary>Latency per phase behind this chart</summary>
      ${latencyTable(input)}
    </details>
    ${
      view.writes === null
        ? null
        : html`<details>
            <summary>Writes behind this chart</summary>
            ${writeTable(input)}
          </details>`
    }
    <details>
      <summary>Events in order (${formatCount(view.events.length)})</summary>
      ${eventTable(input)}
    </details>`;
}

/** Probes from each region straight to each cache: which cache failed for whom. */
export function attribution(input: PageInput): Markup {
  const streams = input.view.measures.streams.filter((stream) => stream.kind === "cache");
  return streamTable(streams, "Probes straight to the caches", input);
}

function streamTable(rows: readonly StreamMeasure[], caption: string, { caps }: PageInput): Markup {
  if (rows.length === 0) return nothing("Not measured: no such probe ran.");
  return dataTable({
    caption,
    columns: [
      { head: "Stream", kind: "head", cell: (row) => row.stream },
      { head: "From", cell: (row) => row.region },
      { head: "Op", cell: (row) => row.op },
      { head: "Outage", cell: (row) => outageOf(row) },
      { head: "Unseen if under", kind: "number", cell: (row) => formatMs(row.detectionFloorMs) },
      { head: "Probes", kind: "number", cell: (row) => formatCount(row.samples) },
      { head: "Sent late by", kind: "number", cell: (row) => formatMs(row.maxLatenessMs) },
    ],
    rows,
    allIn: "measures.json",
    caps,
  });
}

function outageOf({ outage }: StreamMeasure): string {
  return outage.kind === "measured" && outage.hi === 0 ? "none seen" : formatInterval(outage);
}

function latencyTable({ view, caps }: PageInput): Markup {
  const rows = view.measures.streams
    .filter((stream) => stream.kind === "service")
    .flatMap((stream) =>
      Object.entries(stream.phases).map(([phase, latency]) => ({ stream: stream.stream, phase, latency })),
    );
  return dataTable({
    caption: "Latency per stream and phase",
    columns: [
      { head: "Stream", kind: "head", cell: (row) => row.stream },
      { head: "Phase", cell: (row) => row.phase },
      { head: "Probes", kind: "number", cell: (row) => formatCount(row.latency.samples) },
      { head: "Answered", kind: "number", cell: (row) => formatCount(row.latency.ok) },
      { head: "p50", kind: "number", cell: (row) => formatMs(row.latency.p50Ms) },
      { head: "p95", kind: "number", cell: (row) => formatMs(row.latency.p95Ms) },
      { head: "p99", kind: "number", cell: (row) => formatMs(row.latency.p99Ms) },
      { head: "max", kind: "number", cell: (row) => formatMs(row.latency.maxMs) },
    ],
    rows,
    allIn: "measures.json",
    caps,
  });
}

function writeTable({ view, caps }: PageInput): Markup {
  if (view.writes === null) return null;
  const thinned = thinWrites(view.writes, WRITE_ROWS);
  return dataTable({
    caption: `Writes per ${formatMs(thinned.bucketMs)}`,
    columns: [
      { head: "From", kind: "head", cell: (row) => formatOffset(row.atMs) },
      { head: "Acknowledged", kind: "number", cell: (row) => formatCount(row.ok) },
      { head: "Failed", kind: "number", cell: (row) => formatCount(row.fail) },
      { head: "Unknown", kind: "number", cell: (row) => formatCount(row.unknown) },
    ],
    rows: thinned.buckets,
    allIn: "ledger/writes.ndjson.gz",
    caps,
  });
}

function eventTable({ view, clock, caps }: PageInput): Markup {
  return dataTable<DrillEvent>({
    caption: "Events",
    columns: [
      { head: "Seq", kind: "number", cell: (row) => String(row.seq) },
      { head: "When", kind: "number", cell: (row) => formatOffset(clock.offsetMs(row.at)) },
      { head: "Event", kind: "head", cell: (row) => row.type },
      { head: "Phase", cell: (row) => row.phase ?? "" },
      { head: "Target", cell: (row) => row.target ?? "" },
      { head: "Actor", cell: (row) => `${row.actor.id} (${row.actor.kind})` },
    ],
    rows: view.events,
    allIn: "events.jsonl",
    caps,
  });
}
