import { shorten } from "./clean.ts";

/** A list in a comment is no longer than this; whatever is cut is announced where it is cut. */
export const ROWS_SHOWN = 20;
const TEXT_SHOWN = 200;

export function bullets(items: readonly string[], allIn: string): string {
  const shown = items.slice(0, ROWS_SHOWN).map((item) => `- ${text(item)}`);
  return [shown.join("\n"), ...cut(items.length, allIn)].join("\n\n");
}

export function cut(count: number, allIn: string): readonly string[] {
  return count > ROWS_SHOWN ? [`Showing ${ROWS_SHOWN} of ${count}; all in ${allIn}.`] : [];
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Foreign text as plain text: no markup, no HTML, no link, no mention, one line. */
export function text(foreign: string): string {
  return shorten(foreign.replace(/\s+/g, " ").trim(), TEXT_SHOWN)
    .replace(/[\\`*_[\]|#~!]/g, (character) => `\\${character}`)
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/@/g, "@\u200b")
    .replace(/:\/\//g, ":\u200b//")
    .replace(/www\./gi, (found) => `${found.slice(0, 3)}\u200b.`);
}

/** Foreign text in a code span; the few characters that would end it or the table cell are replaced. */
export function code(foreign: string): string {
  return `\`${shorten(foreign.replace(/\s+/g, " ").trim(), TEXT_SHOWN).replace(/`/g, "ˋ").replace(/\|/g, "¦") || "–"}\``;
}
