import type { MemberMemory, MemoryMoment } from "../../../../evidence/active-bundle.ts";
import { formatBytes, formatMs, formatOffset, formatShare } from "../../../../evidence/format.ts";
import type { BundleView } from "../../../../evidence/view.ts";
import { minutesInWords } from "../../../facts/group/decision.ts";
import { memoryChart } from "../../charts/memory-chart.ts";
import { html, type Markup } from "../../markup.ts";
import type { PageInput } from "../../page.ts";
import { dataTable, nothing } from "../../parts.ts";

/** How memory filled while a member was away, what was forecast, and what the release gave back. */
export function memory(input: PageInput): Markup {
  const { view } = input;
  const group = view.group ?? null;
  const members = view.measures.active?.memory ?? [];
  if (group === null && members.length === 0) return nothing("Not measured: the group was never sampled.");
  return html`${group === null ? nothing("Nothing was sampled that could be drawn.") : drawn(input, group)}
    <h3>Memory where it matters</h3>
    ${memoryTable(members, input)}
    <h3>Release</h3>
    ${releases(members)}
    <h3>Forecast against what happened</h3>
    ${forecast(input)}`;
}

function drawn(input: PageInput, group: NonNullable<BundleView["group"]>): Markup {
  return html`<figure class="chart group-chart">
    <ul class="legend">
      <li><i></i>used_memory</li>
      <li><i class="k-p95"></i>resident memory (RSS)</li>
      <li><i class="k-max"></i>maxmemory</li>
      <li><i class="k-fault"></i>fault may be active</li>
    </ul>
    <div class="scroll" tabindex="0" role="region" aria-label="Memory chart">
      <div class="wide">${memoryChart(input, group)}</div>
    </div>
    <figcaption>
      A gap: the member could not be asked. Each point is the largest value of its time bucket; of headroom and forecast
      the smallest.
    </figcaption>
  </figure>`;
}

type Row = { readonly member: MemberMemory; readonly when: string; readonly moment: MemoryMoment };

const moments = [
  ["before the fault", "beforeFault"],
  ["at the decision", "atDecision"],
  ["largest since the fault", "atPeak"],
  ["after the release", "afterRelease"],
  ["at the end", "afterHealing"],
] as const;

function memoryTable(members: readonly MemberMemory[], { caps }: PageInput): Markup {
  const rows = members.flatMap((member): Row[] =>
    moments.flatMap(([when, key]) => {
      const moment = member[key];
      return moment === null ? [] : [{ member, when, moment }];
    }),
  );
  if (rows.length === 0) return nothing("No member was sampled at a moment that matters.");
  return dataTable<Row>({
    caption: "Memory of each member",
    columns: [
      { head: "Member", kind: "head", cell: (row) => `${row.member.member} (${row.member.region})` },
      { head: "When", cell: (row) => row.when },
      { head: "At", kind: "number", cell: (row) => formatOffset(row.moment.atMs) },
      { head: "used_memory", kind: "number", cell: (row) => formatBytes(row.moment.usedBytes) },
      { head: "of maxmemory", kind: "number", cell: (row) => ofLimit(row.moment) },
      { head: "op-log", kind: "number", cell: (row) => formatBytes(row.moment.logBytes) },
      { head: "RSS", kind: "number", cell: (row) => formatBytes(row.moment.rssBytes) },
    ],
    rows,
    allIn: "measures.json",
    caps,
  });
}

function ofLimit({ usedBytes, maxBytes }: MemoryMoment): string {
  return maxBytes > 0 ? `${formatShare(usedBytes, maxBytes)} of ${formatBytes(maxBytes)}` : "no limit";
}

function releases(members: readonly MemberMemory[]): Markup {
  const released = members.filter(({ atPeak, afterRelease }) => atPeak !== null && afterRelease !== null);
  if (released.length === 0) return nothing("Nothing was released in this run: no member was unlinked by force.");
  return html`<ul>
      ${released.map((member) => html`<li>${releaseInWords(member)}</li>`)}
    </ul>
    <p class="note">
      maxmemory limits used_memory, what redis has allocated. RSS is what its process holds of the machine: the
      allocator gives freed pages back late or keeps them for what comes next, so RSS need not fall with used_memory.
    </p>`;
}

function releaseInWords({ member, atPeak, afterRelease }: MemberMemory): string {
  if (atPeak === null || afterRelease === null) return `${member}: not sampled`;
  const used = `used_memory ${formatBytes(atPeak.usedBytes)} → ${formatBytes(afterRelease.usedBytes)}`;
  const rss = `RSS ${formatBytes(atPeak.rssBytes)} → ${formatBytes(afterRelease.rssBytes)}`;
  return `${member}: ${used}; ${rss}`;
}

const labels = { decision: "at the decision", fault: "early in the fault", "on-the-way": "on the way" } as const;

function forecast({ view, caps }: PageInput): Markup {
  const found = view.measures.active?.forecast ?? null;
  if (found === null) return nothing("Nothing was forecast in this run.");
  const { outcome, points } = found;
  const ended =
    outcome.kind === "reached"
      ? `Memory did run out at ${formatOffset(outcome.atMs)}${outcome.member === null ? "" : ` at ${outcome.member}`}: ${outcome.by}.`
      : `Memory did not run out. ${outcome.expectedAtMs === null ? "No forecast names an end." : `By the last forecast before the pressure was gone it would have at ${formatOffset(outcome.expectedAtMs)}; errors are against that.`}`;
  return html`<p>${ended}</p>
    ${dataTable({
      caption: "Forecasts of the tightest survivor, and their error (below zero: foreseen sooner than it came)",
      columns: [
        { head: "When", kind: "head", cell: (row) => labels[row.label] },
        { head: "At", kind: "number", cell: (row) => formatOffset(row.atMs) },
        { head: "Tightest", cell: (row) => row.member ?? "–" },
        { head: "Forecast", cell: (row) => minutesInWords(row.minutesToOom) },
        { head: "Came true after", kind: "number", cell: (row) => ofMinutes(row.actualMinutes) },
        { head: "Error", kind: "number", cell: (row) => signed(row.errorMinutes) },
      ],
      rows: points,
      allIn: "measures.json",
      caps,
    })}`;
}

function ofMinutes(minutes: number | null): string {
  return formatMs(minutes === null ? null : minutes * 60_000);
}

function signed(minutes: number | null): string {
  // Less than a tenth of a millisecond: the forecast that the others are compared with.
  if (minutes !== null && Math.abs(minutes) * 60_000 < 0.1) return "0 ms";
  return minutes !== null && minutes > 0 ? `+${ofMinutes(minutes)}` : ofMinutes(minutes).replace("-", "−");
}
