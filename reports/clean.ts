import type { BundleView, GroupSeries } from "../evidence/view.ts";

/**
 * Text in a bundle comes from scenarios, keys and error messages of others. Characters that no reader can see, or
 * that turn the reading direction round, are shown as symbols, so that every view shows the same honest text and
 * XML stays valid.
 */
function cleanText(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?/g, "\n")
    .replace(/[\p{Cc}--[\t\n]]/gv, (control) =>
      control < " " ? String.fromCharCode(0x2400 + control.charCodeAt(0)) : "\ufffd",
    )
    .replace(/[\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff]/g, "\ufffd");
}

/** A copy of the view with every string and key cleaned. Buckets hold only numbers and may be many: they are kept. */
export function cleanView(view: BundleView): BundleView {
  const { series, writes, group, ...rest } = view;
  const named = series.map(({ buckets, ...names }) => ({ ...cleanDeep(names), buckets }));
  const cleaned = { ...cleanDeep(rest), series: named, writes };
  return group ? { ...cleaned, group: cleanGroup(group) } : cleaned;
}

function cleanGroup({ memory, lag, ...rest }: GroupSeries): GroupSeries {
  return {
    ...rest,
    nickname: cleanText(rest.nickname),
    memory: memory.map(({ points, ...names }) => ({ ...cleanDeep(names), points })),
    lag: lag.map(({ points, ...names }) => ({ ...cleanDeep(names), points })),
  };
}

function cleanDeep<T>(value: T): T {
  return cleanUnknown(value) as T;
}

function cleanUnknown(value: unknown): unknown {
  if (typeof value === "string") return cleanText(value);
  if (Array.isArray(value)) return value.map(cleanUnknown);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [cleanText(key), cleanUnknown(inner)]));
}

/** At most `limit` characters; what was cut off is said. */
export function shorten(text: string, limit: number): string {
  return text.length <= limit
    ? text
    : `${text.slice(0, limit).toWellFormed()}… (${text.length - limit} more characters)`;
}
