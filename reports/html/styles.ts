import { pageStyles } from "./styles-page.ts";
import { chartStyles } from "./styles-chart.ts";
import { groupStyles } from "./styles-group.ts";

/** All style of the page. What is printed in the margin of each sheet is reduced to letters that CSS cannot misread. */
export function styles(drillId: string, manifestSha256: string, hasGroup: boolean): string {
  return `${pageStyles}${chartStyles}${hasGroup ? groupStyles : ""}${printStyles(plain(drillId), plain(manifestSha256))}`;
}

function plain(text: string): string {
  return text.replace(/[^A-Za-z0-9._:-]/g, "_").slice(0, 80);
}

function printStyles(drillId: string, manifestSha256: string): string {
  return `
@page { size: A4; margin: 14mm 14mm 18mm;
  @bottom-left { content: "${drillId} · manifest ${manifestSha256}"; font: 6.5pt ui-monospace, Menlo, Consolas, monospace; color: #555; }
  @bottom-right { content: counter(page) " / " counter(pages); font: 7pt system-ui, sans-serif; color: #555; } }
@media print {
  body { font-size: 9.5pt; max-width: none; padding: 0; }
  nav, .skip { display: none; }
  main section { margin-top: 7mm; }
  .scroll { overflow: visible; }
  .wide { min-width: 0; }
  table { font-size: 8pt; } caption, thead th, thead .code, figcaption, .note, .legend { font-size: 7.5pt; } .legend { gap: 1px 12px; }
  thead { display: table-header-group; }
  tr, figure, .banner, dl > div, .change > h3 { break-inside: avoid; }
  h2, h3, caption, summary { break-after: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; display: block; }
  summary { list-style: none; }
  a { color: inherit; }
  .hash { overflow-wrap: anywhere; }
}`;
}
