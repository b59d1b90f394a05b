import type { Operation } from "../operation.ts";
import type { VersionVector } from "../version-vector.ts";

/**
 * A position in the stream where a syncer that starts again can begin to see what comes: the database that is selected
 * there, and what had been applied there.
 */
export type Resume = { readonly offset: number; readonly database: number; readonly seen: VersionVector };

/** `at`: the last position whose effects it tells; `resume` lies before the first one. */
export type Placed = { readonly at: number; readonly resume: Resume };

export type CaptureItem = Placed & {
  /** Of a deletion, the cause is found out from redis's own events before it leaves. */
  readonly kind: "operation" | "deletion";
  readonly operation: Operation;
};

/** The largest count, at most `limit`, after which the items (ordered by `at`) can be cut; 0 when there is none. */
export function cutBefore(items: readonly Placed[], limit: number): number {
  let resumeAt = earliest(items.slice(limit))?.offset ?? Infinity;
  for (let count = limit; count > 0; count -= 1) {
    const last = items[count - 1];
    if (last === undefined) break;
    if (last.at < resumeAt) return count;
    resumeAt = Math.min(resumeAt, last.resume.offset);
  }
  return 0;
}

export function earliest(items: readonly Placed[]): Resume | undefined {
  return items.reduce<Resume | undefined>(
    (first, { resume }) => (first === undefined || resume.offset < first.offset ? resume : first),
    undefined,
  );
}
