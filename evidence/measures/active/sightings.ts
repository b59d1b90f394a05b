import type { WriteLine } from "../../../contracts/ledger.ts";
import type { ReadsFile, WritesFile } from "../../raw-files.ts";
import type { RunClock } from "../clock.ts";

export type Label = ReadsFile["header"]["label"];
/** What one member showed of a write at a reading; `wrong`: something else was there. */
type Sight = "present" | "absent" | "wrong" | "unread";
export type Sightings = { readonly caches: readonly string[]; of(write: WriteLine): readonly Sight[] | null };

/** What a reading showed of each write; null for a write that it did not have to find. Null: there was no such reading. */
export function sightingsAt(
  label: Label,
  {
    writes,
    reads,
    clock,
  }: { readonly writes: WritesFile; readonly reads: readonly ReadsFile[]; readonly clock: RunClock },
): Sightings | null {
  const own = reads.filter((one) => one.header.label === label);
  if (own.length === 0) return null;
  const originMs = clock.at(writes.header.origin);
  const begunMs = Math.min(...own.map((one) => clock.at(one.header.origin)));
  const tables = own.map(({ lines }) => new Map(lines.map(([writer, seq, token]) => [`${writer}:${seq}`, token])));
  return {
    caches: own.map((one) => one.header.cache),
    of(write) {
      const [writer, seq, , , endUs] = write;
      const covered = own.every((one) => seq <= (one.header.upToSeq[writer] ?? -1));
      if (!covered || originMs + endUs / 1000 > begunMs) return null;
      return tables.map((table) => sightOf(write, table));
    },
  };
}

function sightOf([writer, seq, token]: WriteLine, table: ReadonlyMap<string, string | null>): Sight {
  const found = table.get(`${writer}:${seq}`);
  if (found === undefined) return "unread";
  if (found === null) return "absent";
  return found === token ? "present" : "wrong";
}
