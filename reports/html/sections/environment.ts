import { toolchain } from "../../facts/environment.ts";
import { flatten } from "../../facts/membership.ts";
import { html, type Markup } from "../markup.ts";
import type { PageInput } from "../page.ts";
import { dataTable, factList, nothing } from "../parts.ts";

/** What the drill ran on: in a reader's words, then everything that was recorded of it. */
export function environment({ view, caps }: PageInput): Markup {
  const rows = flatten(view.environment).filter(([name]) => name !== "");
  return html`${factList(toolchain(view), caps)}
  ${
    rows.length === 0
      ? nothing("Nothing more was recorded.")
      : html`<details>
          <summary>Everything recorded (${rows.length} entries)</summary>
          ${dataTable({
            caption: "Recorded before the drill began",
            columns: [
              { head: "Name", kind: "head", cell: ([name]) => name },
              { head: "Value", kind: "code", cell: ([, value]) => value },
            ],
            rows,
            allIn: "env/",
            caps,
          })}
        </details>`
  }`;
}
