import type { Interval, Verdict } from "../../evidence/bundle.ts";
import { shorten } from "../clean.ts";
import { formatInterval } from "../../evidence/format.ts";
import type { Caps } from "./caps.ts";
import { html, type Markup } from "./markup.ts";

/** Sections of the page, in its order; their ids are the only anchors. */
export type SectionHead = { readonly id: string; readonly title: string };

export function section(head: SectionHead, ...content: Markup[]): Markup {
  return html`<section id=${head.id} aria-labelledby=${`${head.id}-h`}>
    <h2 id=${`${head.id}-h`}>${head.title}</h2>
    ${content}
  </section>`;
}

const verdictSigns: Readonly<Record<Verdict, string>> = { pass: "✓", fail: "✕", inconclusive: "?" };

/** A verdict as a sign and a word: colour only repeats them. */
export function verdictBadge(verdict: Verdict): Markup {
  return html`<span class=${`badge ${verdict}`}
    ><span aria-hidden="true">${verdictSigns[verdict]}</span> ${verdict.toUpperCase()}</span
  >`;
}

type Column<T> = {
  readonly head: string;
  readonly cell: (row: T) => Markup;
  /** `number`: right-aligned; `code`: monospaced; `head`: names the row. */
  readonly kind?: "number" | "code" | "head";
};

type TableSpec<T> = {
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  /** Where the rest of a cut table is found. */
  readonly allIn: string;
  readonly caps: Caps;
  readonly rowClass?: (row: T) => string;
};

/** A table with at most `caps.rows` rows that says what it left out. */
export function dataTable<T>(spec: TableSpec<T>): Markup {
  const shown = spec.rows.slice(0, spec.caps.rows);
  const cut = spec.rows.length - shown.length;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${spec.caption}>
      <table>
        <caption>
          ${spec.caption}
        </caption>
        <thead>
          <tr>
            ${spec.columns.map((column) => html`<th scope="col" class=${column.kind}>${column.head}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${shown.map(
            (row) =>
              html`<tr class=${spec.rowClass?.(row)}>
                ${spec.columns.map((column) => cell(column, row, spec.caps))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${cut > 0 ? truncation(shown.length, spec.rows.length, spec.allIn) : null}`;
}

function cell<T>(column: Column<T>, row: T, caps: Caps): Markup {
  const made = column.cell(row);
  const content = typeof made === "string" ? shorten(made, caps.textLength) : made;
  if (column.kind === "head") return html`<th scope="row">${content}</th>`;
  return html`<td class=${column.kind}>${content}</td>`;
}

export function truncation(shown: number, all: number, allIn: string): Markup {
  return html`<p class="cut">Showing ${shown} of ${all}; all in ${allIn}.</p>`;
}

export function bulletList(items: readonly string[], caps: Caps, allIn: string): Markup {
  const shown = items.slice(0, caps.rows);
  return html`<ul>
      ${shown.map((item) => html`<li>${shorten(item, caps.textLength)}</li>`)}
    </ul>
    ${items.length > shown.length ? truncation(shown.length, items.length, allIn) : null}`;
}

/** An interval that stays on one line; the reason why there is none may wrap. */
export function measured(interval: Interval): Markup {
  const said = formatInterval(interval);
  return interval.kind === "measured" ? html`<span class="nowrap">${said}</span>` : said;
}

export type Fact = readonly [name: string, value: Markup];

export function factList(facts: readonly Fact[], caps: Caps): Markup {
  return html`<dl>
    ${facts.map(
      ([name, value]) =>
        html`<div>
          <dt>${shorten(name, caps.textLength)}</dt>
          <dd>${typeof value === "string" ? shorten(value, caps.textLength) : value}</dd>
        </div>`,
    )}
  </dl>`;
}

/** Said in place of a table or chart that has nothing to show. */
export function nothing(why: string): Markup {
  return html`<p class="nothing">${why}</p>`;
}
