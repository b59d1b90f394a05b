import { html as markup } from "htm/preact";
import type { ComponentChildren } from "preact";

/** What a template may hold: preact escapes every string in it, so no other text may be put into the page. */
export type Markup = ComponentChildren;

/** Tagged template for HTML and SVG alike. */
export const html = markup as (strings: TemplateStringsArray, ...values: unknown[]) => Markup;
