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
  return html`<div class="change">
    <h3>${shorten(change.change, caps.textLength)}</h3>
    ${change.hasBefore ? null : nothing("Nothing was recorded before this change.")}
    ${change.hasAfter ? null : nothing("Nothing was recorded after this change.")}
    <div class="two">${shown.map((cache) => cacheDiff(cache, caps))}</div>
    ${change.caches.length > shown.length ? truncation(shown.length, change.caches.length, "events.jsonl") : null}
  </div>`;
}

function cacheDiff(diff: CacheDiff, caps: PageInput["caps"]): Markup {
  const changed = diff.properties.filter((row) => row.changed);
  const same = diff.properties.filter((row) => !row.changed);
  return html`<div>
    ${changed.length === 0 ? nothing(`${diff.cache}: nothing changed.`) : diffTable(`${diff.cache}: what changed`, changed, caps)}
    ${
      same.length === 0
        ? null
        : html`<details>
            <summary>${same.length} unchanged</summary>
            ${diffTable(`${diff.cache}: what stayed`, same, caps)}
          </details>`
    }
  </div>`;
}

function diffTable(caption: string, rows: CacheDiff["properties"], caps: PageInput["caps"]): Markup {
  return dataTable({
    caption,
    columns: [
      {
        head: "Property",
        kind: "head",
        cell: (row) =>
          html`${row.changed ? html`<span class="mark" aria-hidden="true">Δ </span>` : null}${shorten(row.property, caps.textLength)}`,
      },
      { head: "Before", kind: "code", cell: (row) => row.before ?? html`<span class="muted nowrap">absent</span>` },
      { head: "After", kind: "code", cell: (row) => row.after ?? html`<span class="muted nowrap">absent</span>` },
    ],
    rows,
    allIn: "events.jsonl",
    caps: { ...caps, rows: Math.min(caps.rows, PROPERTIES_SHOWN) },
    rowClass: (row) => (row.changed ? "changed" : "same"),
  });
}
