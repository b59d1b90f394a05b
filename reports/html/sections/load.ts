import { formatCount, formatShare } from "../../../evidence/format.ts";
import { html, type Markup } from "../markup.ts";
import type { PageInput } from "../page.ts";
import { factList, nothing } from "../parts.ts";

/** What the load generator did, and what it could not do. */
export function load({ view, caps }: PageInput): Markup {
  const { load: measured } = view.measures;
  if (measured === null) return nothing("No load was measured in this run.");
  const facts = factList(
    [
      [
        "Planned rate",
        view.scenario === null ? "–" : `${view.scenario.load.ratePerSecond} iterations/s, constant arrival rate`,
      ],
      ["Iterations due", formatCount(measured.iterations)],
      [
        "Dropped",
        `${formatCount(measured.dropped)} (${formatShare(measured.dropped, measured.iterations)} of those due)`,
      ],
      ["Dropped in the baseline", formatCount(measured.droppedInBaseline)],
    ],
    caps,
  );
  return html`${facts}${measured.droppedInBaseline > 0 ? html`<p class="warn">! Iterations dropped in the baseline: it does not show the application at rest.</p>` : null}`;
}
