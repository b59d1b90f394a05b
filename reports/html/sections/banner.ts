import { shorten } from "../../clean.ts";
import { headline } from "../../facts/headline.ts";
import { html, type Markup } from "../markup.ts";
import type { PageInput } from "../page.ts";
import { truncation, verdictBadge } from "../parts.ts";

const REASONS_SHOWN = 5;

/** The verdict in one word and a few lines, and why. */
export function banner({ view, caps }: PageInput, title: string): Markup {
  const { overall, why } = view.verdict;
  const reasons = why.slice(0, REASONS_SHOWN);
  return html`<div class=${`banner ${overall}`}>
    <p class="eyebrow">Region-loss drill · ${shorten(view.scenario?.name ?? "scenario unknown", 60)}</p>
    <h1>${title}</h1>
    <p class="verdict">${verdictBadge(overall)}</p>
    <dl class="figures">
      ${headline(view).map(
        ([name, said]) =>
          html`<dt>${name}</dt>
            <dd>${shorten(said, caps.textLength * 2)}</dd>`,
      )}
    </dl>
    ${
      reasons.length > 0
        ? html`<ul class="reasons">
            ${reasons.map((reason) => html`<li>${shorten(reason, caps.textLength)}</li>`)}
          </ul>`
        : null
    }
    ${why.length > reasons.length ? truncation(reasons.length, why.length, "verdict.json") : null}
  </div>`;
}
