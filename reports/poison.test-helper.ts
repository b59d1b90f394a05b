import type { BundleView } from "../evidence/view.ts";

export const ATTACKS = [
  "</script><script>window.hit=1</script>",
  "<img src=x onerror=window.hit=1>",
  "]]><b>",
  "</style><style>*{display:none}",
  '" onload="window.hit=1',
  "javascript:alert(1)",
  "\u0000\u0008\u001b[31m",
  "\u202egnp.exe",
  "</title><svg onload=window.hit=1>",
  "--><!--",
  "\ud800",
  "&lt;b&gt;",
];

/** Words out of closed lists, which schemas check, and clock readings. What events carry as data is never checked. */
const CLOSED = new Set([
  "kind",
  "type",
  "phase",
  "state",
  "monoNs",
  "utc",
  "op",
  "label",
  "unit",
  "verdict",
  "overall",
  "metric",
  "how",
  "mode",
  "sum",
  "schema",
]);

/** The view with hostile text in front of every string that somebody else may have chosen, keys of records included. */
export function poisoned(view: BundleView, attacks: readonly string[] = ATTACKS): BundleView {
  let used = 0;
  const hostile = (text: string): string => `${attacks[used++ % attacks.length]}${text.slice(0, 12)}`;
  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === "string") return CLOSED.has(key) ? value : hostile(value);
    if (Array.isArray(value)) return value.map((inner) => walk(inner, key));
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).map(([name, inner]) => [name, walk(inner, name)]);
    return Object.fromEntries(
      key === "environment" ? entries.map(([name, inner]) => [hostile(String(name)), inner]) : entries,
    );
  };
  return walk(view, "") as BundleView;
}
