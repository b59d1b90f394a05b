import { memoryGiven, ranOn } from "../../facts/environment.ts";
import { approvals, type Approval } from "../../facts/records.ts";
import { formatBytes, formatMs, formatOffset, formatText, formatUtc } from "../../../evidence/format.ts";
import type { Topology } from "../../../scenarios/schema.ts";
import { html, type Markup } from "../markup.ts";
import type { PageInput } from "../page.ts";
import { dataTable, factList, nothing, type Fact } from "../parts.ts";

/** Which run this is, of what, where, by whom and approved by whom. */
export function identity(input: PageInput): Markup {
  const { caps } = input;
  return html`<div class="two">
      <div>
        <h3>Run</h3>
        ${factList(runFacts(input), caps)}
      </div>
      <div>
        <h3>Scenario</h3>
        ${scenarioFacts(input)}
      </div>
    </div>
    <h3>People and approvals</h3>
    <div class="two">
      <div>${people(input)}</div>
      <div>${approvalTable(input)}</div>
    </div>`;
}

function runFacts({ view, clock }: PageInput): readonly Fact[] {
  const opened = view.events.find((event) => event.type === "run.opened");
  return [
    ["Drill", html`<code>${view.drillId}</code>`],
    ["Ran on", ranOn(view)],
    ["Kind", formatText(opened?.data["kind"], "not recorded")],
    ["Opened", formatUtc(clock.openedAt?.utc)],
    ["Closed", clock.closedAt === null ? "never closed" : formatUtc(clock.closedAt.utc)],
    ["Length", formatMs(clock.closedAt === null ? null : clock.offsetMs(clock.closedAt))],
    ["Ending", view.verdict.ending],
    [
      "Plan sha256",
      view.planSha256 === null ? "no plan was recorded" : html`<code class="hash">${view.planSha256}</code>`,
    ],
  ];
}

function scenarioFacts({ view, caps }: PageInput): Markup {
  const { scenario } = view;
  if (scenario === null) return nothing("The scenario could not be read from the bundle.");
  const { topology } = scenario;
  return factList(
    [
      ["Scenario", scenario.name],
      ["Narrative", scenario.narrative],
      ["Why plausible", scenario.whyPlausible],
      ["Declared as", `${scenario.environment} (what the scenario says; where it ran is told under Run)`],
      [
        "Topology",
        `${topology.kind}: ${whoReplicates(topology)} over ${topology.regions.map((region) => region.name).join(", ")}`,
      ],
      [
        "Memory",
        `1/${topology.memoryScale} of each SKU (${topology.caches.map((cache) => `${cache.name} ${cache.sku}`).join(", ")})${given(view)}`,
      ],
    ],
    caps,
  );
}

function whoReplicates(topology: Topology): string {
  if (topology.kind === "passive-pair") return `${topology.primary} → ${topology.secondary}`;
  return `${topology.nickname} (${topology.caches.map(({ name }) => name).join(", ")})`;
}

function given(view: PageInput["view"]): string {
  const caches = memoryGiven(view).map(({ cache, bytes }) => `${cache} ${formatBytes(bytes)}`);
  return caches.length === 0 ? "" : `; really given: ${caches.join(", ")}`;
}

function people({ view, caps }: PageInput): Markup {
  const rows = view.scenario?.people ?? [];
  if (rows.length === 0) return nothing("The scenario names no people.");
  return dataTable({
    caption: "People named by the scenario",
    columns: [
      { head: "Person", kind: "head", cell: (row) => row.id },
      { head: "Role", cell: (row) => row.role },
    ],
    rows,
    allIn: "plan/scenario.json",
    caps,
  });
}

function planWords({ planSha256 }: Approval, { planSha256: drilled }: PageInput["view"]): string {
  if (planSha256 === "–") return "not named";
  return planSha256 === drilled ? "the one drilled" : `another: ${planSha256}`;
}

function approvalTable({ view, clock, caps }: PageInput): Markup {
  const rows = approvals(view);
  if (rows.length === 0) return nothing("No approval was asked for in this run.");
  return dataTable<Approval>({
    caption: "Approvals",
    columns: [
      { head: "When", kind: "number", cell: (row) => formatOffset(clock.offsetMs(row.event.at)) },
      { head: "What", kind: "head", cell: (row) => row.target },
      { head: "Decision", cell: (row) => row.decision },
      { head: "By", cell: (row) => `${row.by}, ${row.role}` },
      { head: "Plan", cell: (row) => planWords(row, view) },
    ],
    rows,
    allIn: "events.jsonl",
    caps,
  });
}
