import { z } from "zod";
import type { BundleView } from "../../evidence/view.ts";
import { readableRaw } from "./group/readable.ts";

const membershipSchema = z.object({
  change: z.string(),
  views: z.array(z.object({ cache: z.string(), raw: z.record(z.string(), z.unknown()) })),
});
type Membership = z.infer<typeof membershipSchema>;

type PropertyChange = {
  readonly property: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly changed: boolean;
};

export type CacheDiff = { readonly cache: string; readonly properties: readonly PropertyChange[] };

/** One change of replication and what each cache said of it; `before` or `after` may never have been recorded. */
export type MembershipChange = {
  readonly change: string;
  readonly hasBefore: boolean;
  readonly hasAfter: boolean;
  readonly caches: readonly CacheDiff[];
};

export function membershipChanges(view: BundleView): readonly MembershipChange[] {
  const found = new Map<string, { before?: Membership; after?: Membership }>();
  for (const event of view.events) {
    if (event.type !== "membership.before" && event.type !== "membership.after") continue;
    const parsed = membershipSchema.safeParse(event.data);
    if (!parsed.success) continue;
    const pair = found.get(parsed.data.change) ?? {};
    found.set(parsed.data.change, { ...pair, [event.type === "membership.before" ? "before" : "after"]: parsed.data });
  }
  return [...found].map(([change, pair]) => ({
    change,
    hasBefore: pair.before !== undefined,
    hasAfter: pair.after !== undefined,
    caches: diffCaches(pair.before, pair.after),
  }));
}

function diffCaches(before: Membership | undefined, after: Membership | undefined): readonly CacheDiff[] {
  const names = new Set([...(before?.views ?? []), ...(after?.views ?? [])].map((seen) => seen.cache));
  return [...names].map((cache) => ({
    cache,
    properties: diffProperties(rawOf(before, cache), rawOf(after, cache)),
  }));
}

function rawOf(membership: Membership | undefined, cache: string): ReadonlyMap<string, string> {
  const raw = membership?.views.find((seen) => seen.cache === cache)?.raw;
  return new Map(raw === undefined ? [] : flatten(readableRaw(raw)));
}

/** What changed comes first: a reader looks for it, and a capped table must not hide it. */
function diffProperties(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly PropertyChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const rows = names.map((property) => ({
    property,
    before: before.get(property) ?? null,
    after: after.get(property) ?? null,
    changed: before.get(property) !== after.get(property),
  }));
  return [...rows.filter((row) => row.changed), ...rows.filter((row) => !row.changed)];
}

/** `{a: {b: [1]}}` → `a.b[0]` = `1`; empty containers keep a line of their own. */
export function flatten(value: unknown, path = ""): [string, string][] {
  if (typeof value !== "object" || value === null)
    return [[path, typeof value === "string" ? value : (JSON.stringify(value) ?? "–")]];
  const entries: [string, unknown][] = Array.isArray(value)
    ? value.map((inner, index) => [`${path}[${index}]`, inner])
    : Object.entries(value).map(([key, inner]) => [path === "" ? key : `${path}.${key}`, inner]);
  if (entries.length === 0) return [[path, Array.isArray(value) ? "[]" : "{}"]];
  return entries.flatMap(([inner, held]) => flatten(held, inner));
}
