import type { Difference } from "../../contracts/groups.ts";
import type { ShownKey, Tallied } from "./digest/tally.ts";

const SHOWN_DIFFERENCES = 100;
const SHOWN_ELEMENTS = 5;

/** What a member shows of a key; undefined: it has no such key. */
type Shown = ShownKey | undefined;

/** How many keys of the counted buckets are not the same in all snapshots. */
export function countDifferences(snapshots: readonly Tallied[]): number {
  const buckets = new Map<number, Map<number, Sighting>>();
  for (const { counted } of snapshots) countSightings(buckets, counted);
  let differing = 0;
  for (const keys of buckets.values()) {
    for (const { same, times } of keys.values()) if (!same || times !== snapshots.length) differing += 1;
  }
  return differing;
}

type Sighting = { readonly a: number; readonly b: number; same: boolean; times: number };

/** Bucket and rest of a name's sums are a key of a Map each: together they would not fit into one number. */
function countSightings(buckets: Map<number, Map<number, Sighting>>, counted: readonly number[]): void {
  for (let at = 0; at < counted.length; at += 4) {
    const [nameA = 0, nameB = 0, a = 0, b = 0] = [counted[at], counted[at + 1], counted[at + 2], counted[at + 3]];
    const bucket = nameA >>> 16;
    const keys = buckets.get(bucket) ?? new Map<number, Sighting>();
    buckets.set(bucket, keys);
    const rest = (nameA & 0xffff) * 2 ** 32 + (nameB >>> 0);
    const known = keys.get(rest);
    if (known === undefined) keys.set(rest, { a, b, same: true, times: 1 });
    else {
      known.times += 1;
      known.same &&= known.a === a && known.b === b;
    }
  }
}

/** The first differences among the shown keys, by name. `members` name the snapshots. */
export function listDifferences(members: readonly string[], snapshots: readonly Tallied[]): Difference[] {
  const byName = new Map<string, Shown[]>();
  for (const [index, { shown }] of snapshots.entries()) {
    for (const key of shown) {
      const row = byName.get(key.name) ?? members.map((): Shown => undefined);
      row[index] = key;
      byName.set(key.name, row);
    }
  }
  const differing = [...byName].flatMap(([name, row]) => {
    const kind = kindOf(row);
    return kind === undefined ? [] : [{ name, row, kind }];
  });
  differing.sort((one, other) => (one.name < other.name ? -1 : 1));
  return differing.slice(0, SHOWN_DIFFERENCES).map(({ name, row, kind }) => ({
    key: Buffer.from(name, "latin1").toString("base64"),
    kind,
    shown: Object.fromEntries(members.map((member, index) => [member, textOf(row[index], row, kind)])),
  }));
}

function kindOf(row: readonly Shown[]): Difference["kind"] | undefined {
  const [first] = row;
  if (row.every((one) => one === undefined)) return undefined;
  if (first === undefined || row.includes(undefined)) return "missing";
  if (row.some((one) => one?.type !== first.type)) return "type";
  if (row.some((one) => !sameContent(one, first))) return "content";
  return row.some((one) => one?.expiresAtMs !== first.expiresAtMs) ? "ttl" : undefined;
}

function sameContent(one: Shown, other: Shown): boolean {
  return (
    one?.sums[0] === other?.sums[0] && one?.sums[1] === other?.sums[1] && one?.elementCount === other?.elementCount
  );
}

function textOf(shown: Shown, row: readonly Shown[], kind: Difference["kind"]): string {
  if (shown === undefined) return "absent";
  const expiry = shown.expiresAtMs === 0 ? "does not expire" : `expires ${new Date(shown.expiresAtMs).toISOString()}`;
  if (kind === "ttl") return expiry;
  const content = `${summary(shown)}${elementsText(shown, row)}`;
  const sameExpiry = row.every((one) => one === undefined || one.expiresAtMs === shown.expiresAtMs);
  return sameExpiry ? content : `${content}; ${expiry}`;
}

function summary({ type, elementCount }: ShownKey): string {
  if (type === "string") return type;
  return `${type} of ${elementCount}`;
}

/** Elements that are not the same everywhere. */
function elementsText(shown: ShownKey, row: readonly Shown[]): string {
  const others = row.filter((one) => one !== undefined && one !== shown).map((one) => new Set(one?.elements));
  const special = shown.elements.filter((element) => others.length === 0 || others.some((one) => !one.has(element)));
  const first = special.slice(0, SHOWN_ELEMENTS).join(", ");
  if (shown.type === "string") return ` ${shown.elements[0] ?? ""}`;
  if (special.length === 0) return "";
  return special.length > SHOWN_ELEMENTS ? `: ${first}, …` : `: ${first}`;
}
