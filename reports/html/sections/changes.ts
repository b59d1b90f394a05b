import { shorten } from "../../clean.ts";
import { membershipChanges, type CacheDiff, type MembershipChange } from "../../facts/membership.ts";
import { html, type Markup } from "../markup.ts";
import type { PageInput } from "../page.ts";
import { dataTable, nothing, truncation } from "../parts.ts";

const CHANGES_SHOWN = 12;
const CACHES_SHOWN = 4;
const PROPERTIES_SHOWN = 14;

/** What each cache said of its replication before and after every change. */
export function changes({ view, caps }: PageInput): Markup {
  const all = membershipChanges(view);
  if (all.length === 0) return nothing("Replication was not changed in this run, or nobody looked.");
  const shown = all.slice(0, CHANGES_SHOWN);
  return html`${shown.map((change) => oneChange(change, caps))}${
    all.length > shown.length ? truncation(shown.length, all.length, "events.jsonl") : null
  }`;
}

function oneChange(change: MembershipChange, caps: PageInput["caps"]): Markup {
  const shown = change.caches.slice(0, CACHES_SHOWN);
  return html`<div class="change"><h3>${shorten(change.change, caps.textLength)}</h3>
  ${change.hasBefore ? null : nothing("Nothing was recorded before this change.")}
  ${change.hasAfter ? null : nothing("Nothing was recorded after this change.")}
  ${shown.map((cache) => diffTable(cache, caps))}
  ${change.caches.length > shown.length ? truncation(shown.length, change.caches.length, "events.jsonl") : null}</div>`;
}

function diffTable(diff: CacheDiff, caps: PageInput["caps"]): Markup {
  const count = diff.properties.filter((row) => row.changed).length;
  return dataTable({
    caption: `${diff.cache}: ${count === 0 ? "nothing changed" : `${count} changed`}`,
    columns: [
      { head: "", cell: (row) => (row.changed ? html`<span class="mark" title="changed">Δ</span>` : null) },
      { head: "Property", kind: "head", cell: (row) => row.property },
      { head: "Before", kind: "code", cell: (row) => row.before ?? html`<span class="muted">absent</span>` },
      { head: "After", kind: "code", cell: (row) => row.after ?? html`<span class="muted">absent</span>` },
    ],
    rows: diff.properties,
    allIn: "events.jsonl",
    caps: { ...caps, rows: Math.min(caps.rows, PROPERTIES_SHOWN) },
    rowClass: (row) => (row.changed ? "changed" : "same"),
  });
}
