import { renderToString } from "preact-render-to-string";
import type { BundleView } from "../../evidence/view.ts";
import { capLevels, type Caps } from "./caps.ts";
import { runClock, type RunClock } from "../facts/clock.ts";
import { isGroupDrill } from "../facts/group/is-group-drill.ts";
import { banner } from "./sections/banner.ts";
import { html, type Markup } from "./markup.ts";
import { sections } from "./sections/index.ts";
import { styles } from "./styles.ts";

/** What every section is given. */
export type PageInput = { readonly view: BundleView; readonly clock: RunClock; readonly caps: Caps };

export const REPORT_LIMIT_BYTES = 250_000;

const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The page at the most generous level of detail that keeps it within its size. @param view cleaned */
export function renderPage(view: BundleView): string {
  const clock = runClock(view);
  let page = "";
  for (const caps of capLevels) {
    page = renderAt({ view, clock, caps });
    if (Buffer.byteLength(page) <= REPORT_LIMIT_BYTES) return page;
  }
  return page;
}

function renderAt(input: PageInput): string {
  return `<!doctype html>\n${renderToString(
    html`<html lang="en">
      ${head(input)}${body(input)}
    </html>` as never,
  )}\n`;
}

function head({ view }: PageInput): Markup {
  const css = { __html: styles(view.drillId, view.manifestSha256, isGroupDrill(view)) };
  return html`<head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content=${CONTENT_SECURITY_POLICY} />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${view.verdict.overall.toUpperCase()}: ${titleOf(view)}</title>
    <style dangerouslySetInnerHTML=${css}></style>
  </head>`;
}

function body(input: PageInput): Markup {
  const made = sections(input);
  return html`<body>
    <a class="skip" href="#main">Skip to the report</a>
    <header>${banner(input, titleOf(input.view))}</header>
    <nav aria-label="Contents">
      <ol>
        ${made.map(({ head: { id, title } }) => html`<li><a href=${`#${id}`}>${title}</a></li>`)}
      </ol>
    </nav>
    <main id="main">${made.map((each) => each.content)}</main>
    <footer>
      <p>Drill <code>${input.view.drillId}</code> · manifest sha256 <code>${input.view.manifestSha256}</code></p>
      <p>
        This page is a view. The evidence is the sealed files beside it; the verdict and this page can be made again
        from them.
      </p>
    </footer>
  </body>`;
}

function titleOf(view: BundleView): string {
  return (view.scenario?.title ?? `Drill ${view.drillId}`).slice(0, 120);
}
