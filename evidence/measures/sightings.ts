import type { WriteLine } from "../../contracts/ledger.ts";
import type { ReadsFile, WritesFile } from "../raw-files.ts";
import type { RunClock } from "./clock.ts";

/** What one cache showed of a write when it was read back. */
export type Sight = "present" | "absent" | "wrong-token" | "unread";
export type Sightings = {
  readonly caches: readonly string[];
  /** By cache; null for a write that the reading did not have to find. */
  of(write: WriteLine): readonly Sight[] | null;
};

/**
 * What the files of one read-back showed of each write; null when there are none. A write still under way when the
 * reading began may rightly be absent and be acknowledged a moment later: it is left to the next read-back.
 */
export function sightingsIn(reads: readonly ReadsFile[], writes: WritesFile, clock: RunClock): Sightings | null {
  if (reads.length === 0) return null;
  const originMs = clock.at(writes.header.origin);
  const begunMs = Math.min(...reads.map((one) => clock.at(one.header.origin)));
  const tables = reads.map(({ lines }) => new Map(lines.map(([writer, seq, token]) => [`${writer}:${seq}`, token])));
  return {
    caches: reads.map((one) => one.header.cache),
    of(write) {
      const [writer, seq, , , endUs] = write;
      const covered = reads.every((one) => seq <= (one.header.upToSeq[writer] ?? -1));
      if (!covered || originMs + endUs / 1000 > begunMs) return null;
      return tables.map((table) => sightOf(write, table));
    },
  };
}

function sightOf([writer, seq, token]: WriteLine, table: ReadonlyMap<string, string | null>): Sight {
  const found = table.get(`${writer}:${seq}`);
  if (found === undefined) return "unread";
  if (found === null) return "absent";
  return found === token ? "present" : "wrong-token";
}
