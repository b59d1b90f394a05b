import { html, type Markup } from "../markup.ts";
import type { PageInput } from "../page.ts";
import { bulletList, dataTable, factList, nothing } from "../parts.ts";

/** Which rules of the real service were seen to hold on real software, and which were imitated. */
export function modelled({ view, caps }: PageInput): Markup {
  const { rules, timingProfile } = view.limits;
  return html`${factList([["Timing profile", timingWords(timingProfile)]], caps)}
  ${
    rules.length === 0
      ? nothing("No rule was listed for this run.")
      : dataTable({
          caption: "Rules of the service in this run",
          columns: [
            { head: "Rule", kind: "head", cell: (row) => row.id },
            { head: "How", cell: (row) => row.how },
            { head: "What it says", cell: (row) => row.text },
          ],
          rows: rules,
          allIn: "limits.json",
          caps,
        })
  }`;
}

function timingWords(profile: string): string {
  if (profile !== "fast") return profile;
  return "fast: linking and unlinking take milliseconds to seconds here, minutes in the service; the parts act and redundant hold the model's time, not the service's";
}

/** Always there, also when nothing was listed: a reader must not have to guess. */
export function limits({ view, caps }: PageInput): Markup {
  const { scenario } = view;
  const assumptions = scenario?.assumptions ?? [];
  return html`${view.limits.notShown.length === 0 ? nothing("Nothing was listed.") : bulletList(view.limits.notShown, caps, "limits.json")}
  ${
    assumptions.length > 0
      ? html`<h3>Assumed by the scenario</h3>
          ${bulletList(assumptions, caps, "plan/scenario.json")}`
      : null
  }`;
}
