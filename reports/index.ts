import type { Renderer } from "../evidence/view.ts";
import { cleanView } from "./clean.ts";
import { renderPage } from "./html/page.ts";
import { renderJunit } from "./junit.ts";
import { renderMarkdown } from "./markdown.ts";

/** Every view of a bundle; the recorder writes each to the file that it names. */
export const renderers: readonly Renderer[] = [
  { file: "report.html", render: (view) => renderPage(cleanView(view)) },
  { file: "report.md", render: renderMarkdown },
  { file: "junit.xml", render: renderJunit },
];
