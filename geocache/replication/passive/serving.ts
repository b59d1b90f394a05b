/** `out-of-reach`: in its role, but not connected to its primary. */
export type SyncProgress = "in-sync" | "full-sync" | "out-of-reach";

/**
 * Whether a secondary answers while it is not connected to its primary: redis's `replica-serve-stale-data`; undefined
 * leaves it as it is.
 * P14, P31: during a full sync it refuses every command.
 * P13, P38: once it has copied everything it goes on answering reads, also when its primary dies. One that lost its
 * primary in the midst of a full sync still refuses.
 */
export function p14ServeStaleData(progress: SyncProgress): "yes" | "no" | undefined {
  if (progress === "out-of-reach") return undefined;
  return progress === "in-sync" ? "yes" : "no";
}
