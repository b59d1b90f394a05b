import { formatOffset } from "../../../../evidence/format.ts";
import { shorten } from "../../../clean.ts";
import { blastRadius, seenChanges, type SeenChange } from "../../../facts/group/members.ts";
import { userMoves } from "../../../facts/group/moves.ts";
import { html, type Markup } from "../../markup.ts";
import type { PageInput } from "../../page.ts";
import { dataTable, nothing, truncation } from "../../parts.ts";

const CHANGES_SHOWN = 8;

/** Who was in the group, as each member saw it, and where its users went. */
export function members(input: PageInput): Markup {
  const { view } = input;
  const changes = seenChanges(view);
  const shown = changes.slice(0, CHANGES_SHOWN);
  return html`${view.measures.active?.totalLoss === true ? html`<p class="warn">! Every member came back empty at once: total loss of the group's data.</p>` : null}
    ${radius(input)} ${epochs(input)}
    <h3>The group as each member saw it</h3>
    ${shown.length === 0 ? nothing("The group was not changed in this run, or nobody looked.") : shown.map((change) => oneChange(change, input))}
    ${changes.length > shown.length ? truncation(shown.length, changes.length, "events.jsonl") : null}
    <h3>Users who were taken to another region</h3>
    ${moves(input)}`;
}

function radius({ view, caps }: PageInput): Markup {
  const rows = blastRadius(view);
  if (rows.length === 0) return nothing("The members could not be read from the bundle.");
  return dataTable({
    caption: "Members, and what falls with each (A33)",
    columns: [
      { head: "Member", kind: "head", cell: (row) => row.cache },
      { head: "Region", cell: (row) => html`<span class="nowrap">${shorten(row.region, 40)}</span>` },
      { head: "Resource group", cell: (row) => row.resourceGroup || "not recorded" },
      { head: "Id", kind: "code", cell: (row) => row.resourceId || "not recorded" },
    ],
    rows,
    allIn: "membership/",
    caps,
  });
}

function epochs({ view, caps }: PageInput): Markup {
  const rows = (view.measures.active?.epochs ?? []).toSorted((one, other) => one.atMs - other.atMs);
  if (rows.length === 0) return nothing("No member was seen in any epoch.");
  return dataTable({
    caption: "Epochs: from when on each member counted on whom",
    columns: [
      { head: "First seen", kind: "number", cell: (row) => formatOffset(row.atMs) },
      { head: "Member", kind: "head", cell: (row) => row.member },
      { head: "Epoch", kind: "number", cell: (row) => String(row.epoch) },
      { head: "Counts on", cell: (row) => row.members.join(", ") },
    ],
    rows,
    allIn: "signals/groups.ndjson.gz",
    caps,
  });
}

function oneChange({ change, members: rows }: SeenChange, { caps }: PageInput): Markup {
  return dataTable({
    caption: shorten(change, caps.textLength),
    columns: [
      { head: "Member", kind: "head", cell: (row) => row.cache },
      { head: "Before", cell: (row) => row.before },
      { head: "After", cell: (row) => row.after },
    ],
    rows,
    allIn: "events.jsonl",
    caps,
    rowClass: (row) => (row.before === row.after ? "same" : "changed"),
  });
}

function moves({ view, clock, caps }: PageInput): Markup {
  const rows = userMoves(view);
  if (rows.length === 0) return nothing("None: everyone was served by the member of their own region.");
  return dataTable({
    caption: "Moves by the front door",
    columns: [
      { head: "When", kind: "number", cell: (row) => formatOffset(clock.offsetMs(row.at)) },
      { head: "Users of", kind: "head", cell: (row) => row.users },
      { head: "From", cell: (row) => row.from },
      { head: "To", cell: (row) => row.to },
      { head: "Why", cell: (row) => row.reason },
    ],
    rows,
    allIn: "events.jsonl",
    caps,
  });
}
